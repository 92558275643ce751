import type { GpuInstanceProfile, Placement } from '../../../types/geometry.js'
import { isSamePlace } from '../../model/placement.js'

/** One size of compute instance inside a GPU instance. */
export interface ComputeSize {
  readonly sliceCount: number
  readonly maximum: number
  readonly placements: readonly Placement[]
}

/** What one kind of GPU instance can be split into. */
export interface ComputeTable {
  /** Largest first. */
  readonly sizes: readonly ComputeSize[]
  readonly sliceCount: number
  /** The driver has not been asked: the table is the usual one, not this GPU's. */
  readonly assumed: boolean
  /** False: the driver takes no placement for a compute instance (before R525). */
  readonly takesPlacements: boolean
}

export function compileComputeTable(profile: GpuInstanceProfile): ComputeTable {
  const { computeInstanceProfiles, sliceCount } = profile
  if (computeInstanceProfiles === null || computeInstanceProfiles.length === 0) {
    const sizes = assumedComputeSizes(sliceCount)
    return { sizes, sliceCount, assumed: true, takesPlacements: true }
  }
  const bySliceCount = new Map<number, ComputeSize>()
  for (const entry of computeInstanceProfiles) {
    // Two profiles may have one slice count (in a double-memory 1g of Hopper they differ in
    // multiprocessors only): in the room that they take they are the same size.
    const other = bySliceCount.get(entry.sliceCount)
    const placements =
      entry.placements.length > 0 ? entry.placements : alignedPlacements(entry.sliceCount, profile)
    bySliceCount.set(entry.sliceCount, {
      sliceCount: entry.sliceCount,
      maximum: Math.max(entry.instanceCount, other?.maximum ?? 0),
      placements: mergePlacements(other?.placements ?? [], placements),
    })
  }
  return {
    sizes: [...bySliceCount.values()].sort((a, b) => b.sliceCount - a.sliceCount),
    sliceCount,
    assumed: false,
    takesPlacements: computeInstanceProfiles.every((entry) => entry.placements.length > 0),
  }
}

/**
 * The table that every GPU instance seen so far has: 1, 2, 3, 4 slices and the whole, each starting
 * at multiples of the next power of two, and no 3 in a 4. An assumption, for GPU instances whose own
 * table the driver tells only once one of them exists.
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

function alignedPlacements(
  size: number,
  within: Pick<GpuInstanceProfile, 'sliceCount'>,
): readonly Placement[] {
  const placements: Placement[] = []
  const step = 2 ** Math.ceil(Math.log2(size))
  for (let start = 0; start + size <= within.sliceCount; start += step) {
    placements.push({ start, size })
  }
  return placements
}

function mergePlacements(a: readonly Placement[], b: readonly Placement[]): readonly Placement[] {
  const merged = [...a]
  for (const placement of b) {
    if (!a.some((other) => isSamePlace(other, placement))) {
      merged.push(placement)
    }
  }
  return merged.sort((x, y) => x.start - y.start || x.size - y.size)
}
