import type { GpuInstanceProfile, Placement } from '../../../types/model/geometry.js'
import { at } from '../../model/numbers.js'
import type { ComputeSize, ComputeTable } from './table-types.js'

export function compileComputeTable(
  profile: Pick<GpuInstanceProfile, 'sliceCount' | 'computeInstanceProfiles'>,
): ComputeTable {
  const { computeInstanceProfiles, sliceCount } = profile
  if (computeInstanceProfiles === null || computeInstanceProfiles.length === 0) {
    const sizes = assumedComputeSizes(sliceCount)
    const whole = findWhole(sizes, sliceCount)
    return { sizes, sliceCount, whole, assumed: true, takesPlacements: true }
  }
  const bySliceCount = new Map<number, ComputeSize>()
  for (const entry of computeInstanceProfiles) {
    // Two profiles may have one slice count, as in a double-memory 1g of Hopper. The solver treats them
    // as one size with the larger placement at each start.
    const other = bySliceCount.get(entry.sliceCount)
    const placements =
      entry.placements.length > 0 ? entry.placements : alignedPlacements(entry.sliceCount, profile)
    bySliceCount.set(entry.sliceCount, {
      sliceCount: entry.sliceCount,
      maximum: Math.max(entry.instanceCount, other?.maximum ?? 0),
      placements: mergePlacements(other?.placements ?? [], placements),
    })
  }
  const sizes = [...bySliceCount.values()].sort((a, b) => b.sliceCount - a.sliceCount)
  const takesPlacements = computeInstanceProfiles.every((entry) => entry.placements.length > 0)
  const whole = takesPlacements ? findWhole(sizes, sliceCount) : null
  return { sizes, sliceCount, whole, assumed: false, takesPlacements }
}

function findWhole(sizes: readonly ComputeSize[], sliceCount: number): Placement | null {
  return sizes.find((size) => size.sliceCount === sliceCount)?.placements[0] ?? null
}

/**
 * What every published GPU can do: 1, 2, 3, 4 slices and the whole, each at aligned slots, and no 3 in a
 * 4. A GPU may allow more starts or count fewer slots, so what fits by this table fits. An assumption
 * for profiles whose own table the driver reports only once a GPU instance exists.
 */
export function assumedComputeSizes(sliceCount: number): readonly ComputeSize[] {
  return [...new Set([sliceCount, 4, 3, 2, 1])]
    .filter((size) => size <= sliceCount && !(size === 3 && sliceCount === 4))
    .sort((a, b) => b - a)
    .map((size) => {
      const placements = alignedPlacements(size, { sliceCount })
      return { sliceCount: size, maximum: placements.length, placements }
    })
}

/** The aligned rule for the places of compute instances: `ci-places` in catalog/mig-gpus.json. */
function alignedPlacements(
  sliceCount: number,
  within: Pick<GpuInstanceProfile, 'sliceCount'>,
): readonly Placement[] {
  const placements: Placement[] = []
  const size = 2 ** Math.ceil(Math.log2(sliceCount))
  for (let start = 0; start + sliceCount <= within.sliceCount; start += size) {
    placements.push({ start, size })
  }
  return placements
}

function mergePlacements(a: readonly Placement[], b: readonly Placement[]): readonly Placement[] {
  const byStart = new Map<number, Placement>()
  for (const placement of [...a, ...b]) {
    const other = byStart.get(placement.start)
    if (other === undefined || other.size < placement.size) byStart.set(placement.start, placement)
  }
  return [...byStart.values()].sort((x, y) => x.start - y.start)
}

/** Compute slices of so many compute instances of each size. */
export function countSlices(
  sizes: readonly { readonly sliceCount: number }[],
  counts: readonly number[],
): number {
  return sizes.reduce((sum, size, index) => sum + size.sliceCount * at(counts, index), 0)
}
