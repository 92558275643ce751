import type { TargetGpu, TargetGpuInstance } from '../../types/plan.js'
import type { GpuInstance, GpuState } from '../../types/state.js'

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
  const placed = target.gpuInstances.every((instance) =>
    instance.computeInstances.every((part) => part.placement !== null),
  )
  const live = new Set(gpu.gpuInstances.map((instance) => instanceText(instance, placed)))
  const wanted = new Set(target.gpuInstances.map((instance) => instanceText(instance, placed)))
  return [
    ...[...wanted].filter((text) => !live.has(text)).map((text) => `missing: ${text}`),
    ...[...live].filter((text) => !wanted.has(text)).map((text) => `not wanted: ${text}`),
  ]
}

function onOff(mode: boolean): string {
  return mode ? 'on' : 'off'
}

/** Two instances with the same text are the same in everything that a target fixes. */
function instanceText(instance: GpuInstance | TargetGpuInstance, placed: boolean): string {
  const { start, size } = instance.placement
  const devices = instance.computeInstances
    .map((part) =>
      placed && part.placement !== null
        ? `${part.name} from slice ${part.placement.start}`
        : part.name,
    )
    .sort()
  const inside = devices.length === 0 ? 'without compute instances' : `with ${devices.join(', ')}`
  return `${instance.profileName} (profile ${instance.profileId}) at ${start}:${size} ${inside}`
}
