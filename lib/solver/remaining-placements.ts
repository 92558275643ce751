import type { Geometry } from '../../types/geometry.js'
import type { Layout, RemainingPlacements } from '../../types/solver.js'
import { compileGeometry } from './compile-geometry.js'
import { matchCurrentInstances } from './current-instances.js'
import { listAddable } from './list-layouts.js'

/** Where one more GPU instance of each profile could be created beside a layout, in the order of the geometry. */
export function remainingPlacements(
  geometry: Geometry,
  layout: Layout,
): readonly RemainingPlacements[] {
  const compiled = compileGeometry(geometry)
  const counts = compiled.profiles.map(() => 0)
  let mask = 0
  for (const { profile, place } of matchCurrentInstances(compiled, layout).instances) {
    counts[profile.position] = (counts[profile.position] ?? 0) + 1
    mask |= place.mask
  }
  return compiled.profiles.map((profile) => {
    const placements = listAddable(compiled, profile, counts, mask).map((place) => place.placement)
    const left = profile.profile.instanceCount - (counts[profile.position] ?? 0)
    return {
      profileId: profile.profile.id,
      placements,
      free: Math.min(placements.length, left),
    }
  })
}
