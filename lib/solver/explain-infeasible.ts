import type { InfeasibleReason, LayoutInfeasible, Partition } from '../../types/solver.js'
import type { CompiledGeometry, CompiledProfile } from './compile-geometry.js'
import type { CurrentInstances } from './current-instances.js'
import type { Demand } from './demand.js'
import { explainAmounts } from './explain-amounts.js'
import { explainPinned } from './explain-pinned.js'
import { explainPositions } from './explain-positions.js'
import { findFittingPart } from './would-fit.js'

/** The first thing that a partition asks for and this GPU does not have at all. */
export function explainUnknown(
  geometry: CompiledGeometry,
  partition: Partition,
): InfeasibleReason | null {
  for (const { profileId, sliceCount } of partition) {
    const profile = geometry.profileById.get(profileId)
    if (profile === undefined) return { kind: 'unknown-profile', profileId }
    const available = profile.compute.sizes.map((size) => size.sliceCount)
    if (!available.includes(sliceCount)) {
      return {
        kind: 'compute-profile',
        profileId,
        sliceCount,
        available: available.sort((a, b) => a - b),
      }
    }
  }
  return null
}

/**
 * Why a partition that names only what the GPU has cannot be had: the simplest reason that holds,
 * amounts before positions.
 */
export function explainInfeasible(
  geometry: CompiledGeometry,
  partition: Partition,
  demands: ReadonlyMap<CompiledProfile, Demand>,
  current: CurrentInstances,
): LayoutInfeasible {
  const pinned = current.instances.filter((instance) => instance.pinned)
  const part = findFittingPart(geometry, partition, pinned)
  const reason =
    explainAmounts(geometry, demands) ??
    explainPinned(demands, current) ??
    explainPositions(geometry, demands, pinned, part)
  return { kind: 'infeasible', reason, wouldFit: part.partition }
}
