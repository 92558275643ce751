import type {
  TargetComputeInstance,
  TargetGpu,
  TargetGpuInstance,
} from '../../../types/machine/plan.js'
import type { ComputeInstance, GpuInstance } from '../../../types/model/state.js'
import { type Difference, findDifference } from '../../solver/repartition/difference.js'

export type TargetMatch = Difference<
  GpuInstance,
  TargetGpuInstance,
  ComputeInstance,
  TargetComputeInstance
>

/** What of a target is there already, what is too much and what is missing. */
export function matchTarget(live: readonly GpuInstance[], target: TargetGpu): TargetMatch {
  return findDifference<GpuInstance, TargetGpuInstance, ComputeInstance, TargetComputeInstance>(
    live,
    target.gpuInstances,
    (there, wanted) => wanted.profileId === undefined || wanted.profileId === there.profileId,
  )
}
