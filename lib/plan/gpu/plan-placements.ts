import type { TargetGpu, TargetGpuInstance } from '../../../types/machine/plan.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { usersOf } from './current-layout.js'
import { matchTarget } from './match-target.js'

export type PlacementsResult =
  | { readonly kind: 'target'; readonly target: TargetGpu }
  | { readonly kind: 'in-use'; readonly processes: readonly GpuProcess[] }

/**
 * The target with exactly these instances. A compute instance whose place was not asked for stays where
 * it is.
 */
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
