import type { TargetGpu, TargetGpuInstance } from '../../../types/plan.js'
import type { GpuInstance, GpuState } from '../../../types/state.js'
import { onOff } from '../../model/mode-text.js'

/** What of `target` the GPU is not, in words; empty when it is all of it and nothing else. */
export function differencesFromTarget(gpu: GpuState, target: TargetGpu): string[] {
  const mode = gpu.mig?.enabled ?? false
  if (mode !== target.migEnabled)
    return [`MIG mode is ${onOff(mode)} and shall be ${onOff(target.migEnabled)}`]
  const pending = gpu.mig?.pending ?? false
  const wantedPending = target.migPending ?? target.migEnabled
  if (pending !== wantedPending)
    return [
      `MIG mode will be ${onOff(pending)} after the next reset and shall be ${onOff(wantedPending)}`,
    ]
  // Where the driver cannot tell, or was not told, a compute instance's place, it is not compared.
  const parts = target.gpuInstances.flatMap((instance) => instance.computeInstances)
  const compared = {
    placed: parts.every((part) => part.placement !== null),
    profiled: parts.every((part) => part.profileId !== undefined),
  }
  const live = new Set(gpu.gpuInstances.map((instance) => instanceText(instance, compared)))
  const wanted = new Set(target.gpuInstances.map((instance) => instanceText(instance, compared)))
  return [
    ...[...wanted].filter((text) => !live.has(text)).map((text) => `missing: ${text}`),
    ...[...live].filter((text) => !wanted.has(text)).map((text) => `not wanted: ${text}`),
  ]
}

/** Two instances with the same text are the same in everything that a target fixes. */
function instanceText(
  instance: GpuInstance | TargetGpuInstance,
  { placed, profiled }: { readonly placed: boolean; readonly profiled: boolean },
): string {
  const { start, size } = instance.placement
  const devices = instance.computeInstances
    .map((part) => {
      const profile = profiled ? ` (profile ${part.profileId})` : ''
      const place = placed && part.placement !== null ? ` from slice ${part.placement.start}` : ''
      return `${part.name}${profile}${place}`
    })
    .sort()
  const inside = devices.length === 0 ? 'without compute instances' : `with ${devices.join(', ')}`
  return `${instance.profileName} (profile ${instance.profileId}) at ${start}:${size} ${inside}`
}
