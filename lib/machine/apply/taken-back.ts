import type { PlanStep, TargetGpu, TargetGpuInstance } from '../../../types/machine/plan.js'
import type { Placement } from '../../../types/model/geometry.js'
import type { GpuState } from '../../../types/model/state.js'
import { isSamePlace, mayBePart } from '../../model/placement.js'

/** Whether what a step changed is again as before. False for a GPU that cannot be read. */
export function isTakenBack(step: PlanStep, before: TargetGpu, now: GpuState | null): boolean {
  if (now === null) return false
  switch (step.kind) {
    case 'set-mig-mode':
      return (
        now.mig?.enabled === before.migEnabled &&
        now.mig.pending === (before.migPending ?? before.migEnabled)
      )
    case 'create-gpu-instance':
    case 'destroy-gpu-instance':
      return hasInstance(now, step) === hasInstance(before, step)
    case 'create-compute-instance':
    case 'destroy-compute-instance':
      return countParts(now, step) === countParts(before, step)
    default:
      return step satisfies never
  }
}

/** Whether the state before has what a step brought about. */
export function isPartOf(before: TargetGpu, step: PlanStep): boolean {
  switch (step.kind) {
    case 'set-mig-mode':
      return before.migEnabled === step.enabled
    case 'create-gpu-instance':
      return hasInstance(before, step)
    case 'destroy-gpu-instance':
      return !hasInstance(before, step)
    case 'create-compute-instance':
      return countParts(before, step) > 0
    case 'destroy-compute-instance':
      return countParts(before, step) === 0
    default:
      return step satisfies never
  }
}

/** What a live GPU and a target have in common. */
type Instances = Pick<TargetGpu, 'gpuInstances'>

function hasInstance(
  gpu: Instances,
  { profileId, placement }: { readonly profileId: number; readonly placement: Placement },
): boolean {
  return instanceAt(gpu, placement)?.profileId === profileId
}

/** How many compute instances have that size and placement; any placement counts if the driver does not report it. */
function countParts(
  gpu: Instances,
  step: {
    readonly gpuInstancePlacement: Placement
    readonly sliceCount: number
    readonly profileId?: number
    readonly placement: Placement | null
  },
): number {
  const parts = instanceAt(gpu, step.gpuInstancePlacement)?.computeInstances ?? []
  return parts.filter((part) => mayBePart(part, step)).length
}

function instanceAt(gpu: Instances, place: Placement): TargetGpuInstance | undefined {
  return gpu.gpuInstances.find(({ placement }) => isSamePlace(placement, place))
}
