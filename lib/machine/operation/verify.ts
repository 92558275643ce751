import type { TargetGpu, TargetGpuInstance } from '../../../types/machine/plan.js'
import type { GpuInstance, GpuState } from '../../../types/model/state.js'
import { onOff } from '../../model/mode-text.js'
import { isSameInstance } from '../../model/placement.js'

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
  const live = new Set(gpu.gpuInstances.map((instance) => instanceText(instance, target)))
  const wanted = new Set(target.gpuInstances.map((instance) => instanceText(instance, target)))
  return [
    ...[...wanted].filter((text) => !live.has(text)).map((text) => `missing: ${text}`),
    ...[...live].filter((text) => !wanted.has(text)).map((text) => `not wanted: ${text}`),
  ]
}

/** Two instances with the same text are the same in everything that a target fixes. */
function instanceText(instance: GpuInstance | TargetGpuInstance, target: TargetGpu): string {
  const { start, size } = instance.placement
  const { placed, profiled } = comparedOf(target, instance)
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

/** A place or profile that the target leaves open in a GPU instance is not compared there. */
function comparedOf(
  target: TargetGpu,
  instance: GpuInstance | TargetGpuInstance,
): { readonly placed: boolean; readonly profiled: boolean } {
  const wanted = target.gpuInstances.find((other) => isSameInstance(other, instance))
  const parts = wanted?.computeInstances ?? []
  return {
    placed: parts.every((part) => part.placement !== null),
    profiled: parts.every((part) => part.profileId !== undefined),
  }
}
