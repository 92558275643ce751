import type { GpuInstance } from '../../../types/model/state.js'
import type { LayoutInfeasible } from '../../../types/solver/explain.js'
import type { Partition } from '../../../types/solver/layout.js'
import { isSamePlace } from '../../model/placement.js'
import type { WantedGpu } from '../../model/wanted.js'
import { partitionOf } from '../../solver/layout/demand.js'
import { currentLayout } from './current-layout.js'
import type { GpuPlanResult } from './planning.js'

/**
 * Plans devices beside all instances of a GPU. A new device takes room in a GPU instance that is there before another GPU
 * instance is created. GPU instances without compute instances that no new device needs stay bare.
 */
export function planAdded(
  wanted: WantedGpu,
  plan: (wanted: WantedGpu) => GpuPlanResult,
): GpuPlanResult {
  const { gpuInstances } = wanted.gpu
  const there = partitionOf(currentLayout(wanted.gpu))
  const bare = gpuInstances.filter(({ computeInstances }) => computeInstances.length === 0)
  const parts = gpuInstances.flatMap(({ computeInstances }) => computeInstances)
  const asked = { ...wanted, wanted: [...there, ...wanted.wanted] }
  const unneeded = new Set<GpuInstance>()
  for (;;) {
    const needed = bare.filter((instance) => !unneeded.has(instance))
    const pinned = new Set([...parts, ...needed])
    const result = plan({ ...asked, pinned, bare: unneeded })
    const last = result.kind === 'infeasible' ? findUnneeded(result, needed) : undefined
    if (last !== undefined) unneeded.add(last)
    else return result.kind === 'infeasible' ? withoutPresent(result, there) : result
  }
}

/** A bare GPU instance that no wanted device fills. */
function findUnneeded(
  { reason }: LayoutInfeasible,
  bare: readonly GpuInstance[],
): GpuInstance | undefined {
  if (reason.kind !== 'pinned-unwanted') return undefined
  return bare.findLast((instance) =>
    reason.instances.some(({ placement }) => isSamePlace(placement, instance.placement)),
  )
}

/** What would fit beside the present devices, which stay in any case. */
function withoutPresent(refusal: LayoutInfeasible, present: Partition): LayoutInfeasible {
  const nearest = refusal.nearest.flatMap((near) => {
    const partition = near.partition.flatMap((size) => {
      const there = present.find(
        (each) => each.profileId === size.profileId && each.sliceCount === size.sliceCount,
      )
      const count = size.count - (there?.count ?? 0)
      return count > 0 ? [{ ...size, count }] : []
    })
    return partition.length === 0 ? [] : [{ ...near, partition }]
  })
  return { ...refusal, nearest }
}
