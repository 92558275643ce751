import type { TargetGpu, TargetGpuInstance } from '../../../types/machine/plan.js'
import type { GpuInstance, GpuState } from '../../../types/model/state.js'
import { onOff } from '../../model/mode-text.js'
import { isSameInstance } from '../../model/placement.js'

/** How the GPU differs from `target`, in words; empty if it does not. */
export function differencesFromTarget(gpu: GpuState, target: TargetGpu): string[] {
  const mode = gpu.mig?.enabled ?? false
  if (mode !== target.migEnabled)
    return [`MIG mode is ${onOff(mode)} instead of ${onOff(target.migEnabled)}`]
  const pending = gpu.mig?.pending ?? false
  const wantedPending = target.migPending ?? target.migEnabled
  if (pending !== wantedPending)
    return [
      `MIG mode will be ${onOff(pending)} instead of ${onOff(wantedPending)} after the next reset`,
    ]
  const live = new Set(gpu.gpuInstances.map((instance) => instanceText(instance, target)))
  const wanted = new Set(target.gpuInstances.map((instance) => instanceText(instance, target)))
  return [
    ...[...wanted].filter((text) => !live.has(text)).map((text) => `missing: ${text}`),
    ...[...live].filter((text) => !wanted.has(text)).map((text) => `not wanted: ${text}`),
  ]
}

/** Two instances with the same text agree in everything that a target states. */
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

/** A placement or profile that the target leaves open in a GPU instance is not compared there. */
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
