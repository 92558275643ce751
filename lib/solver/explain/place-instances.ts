import { at, sum, wordAt } from '../../model/numbers.js'
import {
  type Choice,
  listChoices,
  listFillings,
  packComputeInstances,
} from '../compute/compute-packing.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Demand } from '../layout/demand.js'
import { findPlaces, listPlaces, placeFirst } from '../placing/find-places.js'
import { countSlices } from '../tables/compute-table.js'
import type { CompiledPlacement, CompiledProfile, Tables } from '../tables/tables.js'

export interface PlacedProfile {
  readonly profile: CompiledProfile
  readonly place: CompiledPlacement
}

/**
 * Some places for `counts` new GPU instances (by profile position) beside the fixed ones, which come
 * first. Null: there are none.
 */
export function placeInstances(
  tables: Tables,
  counts: readonly number[],
  fixed: readonly PlacedProfile[],
): readonly PlacedProfile[] | null {
  const state = stateOfPlaces(tables, fixed)
  const found =
    state === null ? null : findPlaces(tables, { ...placeFirst, found: new Map() }, state, counts)
  if (found === null) return null
  const placed = listPlaces(found).map((place) => {
    return { profile: at(tables.profiles, place.profilePosition), place }
  })
  return [...fixed, ...placed]
}

/** Null: these do not fit together. */
export function stateOfPlaces({ states }: Tables, placed: readonly PlacedProfile[]): number | null {
  let state = 0
  for (const { place } of placed) {
    state = wordAt(states.nextOf(state), place.number)
    if (state < 0) return null
  }
  return state
}

/**
 * How many new GPU instances the demand needs at least, beside and inside those that stay. Infinity if
 * the pinned contents exceed the demand.
 */
export function countNewInstances(demand: Demand, staying: readonly CurrentInstance[]): number {
  const { profile, counts } = demand
  const wanted = sum(counts)
  const slices = countSlices(profile.compute.sizes, counts)
  const fewest = Math.ceil(slices / profile.profile.sliceCount)
  // The GPU can never take so many, so the exact number does not matter, and may be slow to find.
  if (fewest > profile.maximum) return fewest - staying.length
  if (wanted * profile.profile.sliceCount === slices) return countNewWhole(wanted, staying)
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

/** A full compute instance shares its GPU instance with no other. */
function countNewWhole(wanted: number, staying: readonly CurrentInstance[]): number {
  const inside = staying.flatMap(({ profile, contents }) =>
    contents.pinned.map(({ size }) => at(profile.compute.sizes, size).sliceCount),
  )
  const whole = staying[0]?.profile.profile.sliceCount
  return wanted < inside.length || inside.some((sliceCount) => sliceCount !== whole)
    ? Number.POSITIVE_INFINITY
    : Math.max(0, wanted - staying.length)
}
