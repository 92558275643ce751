import type { Placement } from '../../../types/model/geometry.js'
import { overlaps } from '../../model/placement.js'
import type { ComputeTable } from '../tables/tables.js'

/** Enough for every known GPU instance with any contents. */
const mostTrials = 2 ** 16

/**
 * Places for compute instances of these slice counts beside the taken places. The first way found: each
 * instance as low as those before it allow. Null: there is no way.
 */
export function placeComputeInstances(
  table: ComputeTable,
  taken: readonly Placement[],
  sliceCounts: readonly number[],
): readonly Placement[] | null {
  const placed: Placement[] = []
  let trials = 0
  const placeFrom = (index: number): boolean => {
    const sliceCount = sliceCounts[index]
    if (sliceCount === undefined) return true
    const size = table.sizes.find((each) => each.sliceCount === sliceCount)
    for (const candidate of size?.placements ?? []) {
      trials += 1
      if (trials > mostTrials) return false
      if ([...taken, ...placed].some((other) => overlaps(other, candidate))) continue
      placed.push(candidate)
      if (placeFrom(index + 1)) return true
      placed.pop()
    }
    return false
  }
  return placeFrom(0) ? placed : null
}
