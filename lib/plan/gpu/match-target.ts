import type {
  TargetComputeInstance,
  TargetGpu,
  TargetGpuInstance,
} from '../../../types/machine/plan.js'
import type {
  ComputeInstance,
  GpuInstance,
  GpuProcess,
  GpuState,
} from '../../../types/model/state.js'
import { type Difference, findDifference } from '../../solver/repartition/difference.js'
import { usersOf } from './current-layout.js'

export type TargetMatch = Difference<
  GpuInstance,
  TargetGpuInstance,
  ComputeInstance,
  TargetComputeInstance
>

/** What of a target exists already, what has to go and what is missing. */
export function matchTarget(live: readonly GpuInstance[], target: TargetGpu): TargetMatch {
  return findDifference<GpuInstance, TargetGpuInstance, ComputeInstance, TargetComputeInstance>(
    live,
    target.gpuInstances,
    (there, wanted) => wanted.profileId === undefined || wanted.profileId === there.profileId,
  )
}

export type PlacementsResult =
  | { readonly kind: 'target'; readonly target: TargetGpu }
  | { readonly kind: 'in-use'; readonly processes: readonly GpuProcess[] }

/** The target with exactly these instances. A compute instance without a wanted place stays where it is. */
export function planPlacements(
  gpu: GpuState,
  placements: readonly TargetGpuInstance[],
  processes: readonly GpuProcess[],
): PlacementsResult {
  const target: TargetGpu = { migEnabled: true, gpuInstances: placements }
  const live = gpu.mig?.enabled === true ? gpu.gpuInstances : []
  const { kept, surplus } = matchTarget(live, target)
  const holders = [
    ...surplus.flatMap((instance) => usersOf(instance, processes)),
    ...kept.flatMap(({ instance, surplus: parts }) =>
      usersOf(instance, processes).filter(({ computeInstanceId }) =>
        parts.some(({ id }) => computeInstanceId === null || computeInstanceId === id),
      ),
    ),
  ]
  return holders.length > 0 ? { kind: 'in-use', processes: holders } : { kind: 'target', target }
}
