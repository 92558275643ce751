import type { Placement } from '../../types/geometry.js'
import type { TargetComputeInstance, TargetGpu, TargetGpuInstance } from '../../types/plan.js'
import type { ComputeInstance, GpuInstance } from '../../types/state.js'

/** A GPU instance that stays, and what changes in it. */
export interface KeptInstance {
  readonly instance: GpuInstance
  readonly target: TargetGpuInstance
  readonly surplus: readonly ComputeInstance[]
  readonly missing: readonly TargetComputeInstance[]
}

export interface TargetMatch {
  readonly kept: readonly KeptInstance[]
  readonly surplus: readonly GpuInstance[]
  readonly missing: readonly TargetGpuInstance[]
}

/** What of a target is there already, what is too much and what is missing. */
export function matchTarget(live: readonly GpuInstance[], target: TargetGpu): TargetMatch {
  const kept: KeptInstance[] = []
  const missing: TargetGpuInstance[] = []
  for (const wanted of target.gpuInstances) {
    const instance = live.find(
      ({ profileId, placement }) =>
        profileId === wanted.profileId && isSamePlace(placement, wanted.placement),
    )
    if (instance === undefined) missing.push(wanted)
    else kept.push(matchContents(instance, wanted))
  }
  const staying = new Set(kept.map(({ instance }) => instance))
  return { kept, missing, surplus: live.filter((instance) => !staying.has(instance)) }
}

function matchContents(instance: GpuInstance, target: TargetGpuInstance): KeptInstance {
  const surplus = new Set(instance.computeInstances)
  const missing = new Set(target.computeInstances)
  const pair = (matches: (a: ComputeInstance, b: TargetComputeInstance) => boolean): void => {
    for (const wanted of missing) {
      for (const there of surplus) {
        if (!isSameSize(there, wanted) || !matches(there, wanted)) continue
        surplus.delete(there)
        missing.delete(wanted)
        break
      }
    }
  }
  pair((a, b) => isSamePlace(a.placement, b.placement))
  // Where the driver does not tell the place, one is as good as another.
  pair((a, b) => a.placement === null || b.placement === null)
  return { instance, target, surplus: [...surplus], missing: [...missing] }
}

function isSameSize(there: ComputeInstance, wanted: TargetComputeInstance): boolean {
  return (
    there.sliceCount === wanted.sliceCount &&
    (wanted.profileId === undefined || wanted.profileId === there.profileId)
  )
}

export function isSamePlace(a: Placement | null, b: Placement | null): boolean {
  return a?.start === b?.start && a?.size === b?.size
}
