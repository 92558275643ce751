import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { Layout, RemainingPlacements } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { at, wordAt } from '../../model/numbers.js'
import { engineKinds } from '../tables/limits.js'
import { type CompiledPlacement, compileGeometry, stateOf, type Tables } from '../tables/tables.js'
import { countPlaces } from './no-room.js'

/**
 * Where one more GPU instance of each profile could be created beside a layout, in the order of the
 * geometry. Throws like `fits`.
 */
export function remaining(
  gpu: Geometry | GeometryTables,
  layout: Layout,
): readonly RemainingPlacements[] {
  const tables = compileGeometry(gpu)
  const there: CompiledPlacement[] = []
  const next = tables.states.nextOf(stateOf(tables, layout, there))
  const counts = countPlaces(tables, there)
  return tables.profiles.map(({ profile, placements, position }) => {
    const free = placements.filter(({ number }) => wordAt(next, number) >= 0)
    return {
      profileId: profile.id,
      placements: free.map(({ placement }) => placement),
      free: Math.min(free.length, countAllowed(tables, position, counts)),
    }
  })
}

/** How many more the limits other than the place allow. */
function countAllowed(
  { profiles, engines, computeSlices }: Tables,
  position: number,
  counts: readonly number[],
): number {
  const { profile } = at(profiles, position)
  const enough = (available: number, amountOf: (each: GpuInstanceProfile) => number): number => {
    const amount = amountOf(profile)
    if (amount === 0) return Number.POSITIVE_INFINITY
    let left = available
    for (const each of profiles) left -= (counts[each.position] ?? 0) * amountOf(each.profile)
    return Math.floor(left / amount)
  }
  return Math.min(
    profile.instanceCount - (counts[position] ?? 0),
    enough(computeSlices, (each) => each.sliceCount),
    ...engineKinds.map((kind) => enough(engines[kind], (each) => each.engines[kind])),
  )
}
