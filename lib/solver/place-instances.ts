import type { CompiledGeometry, CompiledPlacement, CompiledProfile } from './compile-geometry.js'
import { type Choice, listChoices, listFillings, packComputeInstances } from './compute-packing.js'
import type { CurrentInstance } from './current-instances.js'
import { countDevices, type Demand } from './demand.js'
import { exceedsGpu } from './gpu-limits.js'
import { countSlices } from './profile-options.js'

export interface PlacedProfile {
  readonly profile: CompiledProfile
  readonly place: CompiledPlacement
}

/**
 * Some places for `counts` new GPU instances (by profile position) beside the fixed ones, or null
 * when there are none.
 */
export function placeInstances(
  geometry: CompiledGeometry,
  counts: readonly number[],
  fixed: readonly PlacedProfile[],
): readonly PlacedProfile[] | null {
  const totals = [...counts]
  let occupied = 0
  for (const { profile, place } of fixed) {
    totals[profile.position] = (totals[profile.position] ?? 0) + 1
    occupied |= place.mask
  }
  const tooMany = geometry.profiles.some(
    ({ position, maximum, profile }) =>
      (totals[position] ?? 0) > Math.min(maximum, profile.instanceCount),
  )
  if (tooMany || exceedsGpu(geometry, totals)) return null

  const placed: PlacedProfile[] = []
  const placeFrom = (depth: number, left: number, first: number, mask: number): boolean => {
    const profile = geometry.searchOrder[depth]
    if (profile === undefined) return true
    if (left === 0) {
      const next = geometry.searchOrder[depth + 1]
      return placeFrom(depth + 1, next === undefined ? 0 : (counts[next.position] ?? 0), 0, mask)
    }
    for (let index = first; index + left <= profile.placements.length; index += 1) {
      const place = profile.placements[index]
      if (place === undefined || (mask & place.mask) !== 0) continue
      placed.push({ profile, place })
      if (placeFrom(depth, left - 1, index + 1, mask | place.mask)) return true
      placed.pop()
    }
    return false
  }
  const top = geometry.searchOrder[0]
  const found = placeFrom(0, top === undefined ? 0 : (counts[top.position] ?? 0), 0, occupied)
  return found ? [...fixed, ...placed] : null
}

/**
 * The fewest GPU instances that hold the demand beside (and inside) those that must stay, the ones
 * that stay not counted. Infinity when the pinned contents of those exceed the demand.
 */
export function countNewInstances(demand: Demand, staying: readonly CurrentInstance[]): number {
  const { profile, counts } = demand
  const wanted = countDevices(counts)
  const slices = countSlices(profile.compute.sizes, counts)
  const fewest = Math.ceil(slices / profile.profile.sliceCount)
  // More than the GPU can ever take: the exact number is of no use, and could be slow to find.
  if (fewest > profile.maximum) return fewest - staying.length
  const fillings = listFillings(profile.compute, counts)
  const bare: Choice = {
    filling: { counts: counts.map(() => 0), cells: [] },
    kept: 0,
  }
  const ofStaying = staying.map(({ contents }) => [
    ...listChoices(fillings, contents),
    ...(contents.pinned.length === 0 ? [bare] : []),
  ])
  const ofNew = listChoices(fillings, { cells: [], pinned: [] })
  for (let count = Math.max(0, fewest - staying.length); count <= wanted; count += 1) {
    const choices = [...ofStaying, ...Array.from({ length: count }, () => ofNew)]
    if (packComputeInstances(choices, counts) !== null) return count
  }
  return Number.POSITIVE_INFINITY
}
