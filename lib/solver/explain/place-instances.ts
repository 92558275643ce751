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
 * first, or null when there are none.
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

/** Null: these cannot sit together. */
export function stateOfPlaces({ states }: Tables, placed: readonly PlacedProfile[]): number | null {
  let state = 0
  for (const { place } of placed) {
    state = wordAt(states.nextOf(state), place.number)
    if (state < 0) return null
  }
  return state
}

/**
 * The fewest GPU instances that hold the demand beside (and inside) those that must stay, the ones
 * that stay not counted. Infinity when the pinned contents of those exceed the demand.
 */
export function countNewInstances(demand: Demand, staying: readonly CurrentInstance[]): number {
  const { profile, counts } = demand
  const wanted = sum(counts)
  const slices = countSlices(profile.compute.sizes, counts)
  const fewest = Math.ceil(slices / profile.profile.sliceCount)
  // More than the GPU can ever take: the exact number is of no use, and could be slow to find.
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

/** A full compute instance has its GPU instance for itself. */
function countNewWhole(wanted: number, staying: readonly CurrentInstance[]): number {
  const inside = staying.flatMap(({ profile, contents }) =>
    contents.pinned.map(({ size }) => at(profile.compute.sizes, size).sliceCount),
  )
  const whole = staying[0]?.profile.profile.sliceCount
  return wanted < inside.length || inside.some((sliceCount) => sliceCount !== whole)
    ? Number.POSITIVE_INFINITY
    : Math.max(0, wanted - staying.length)
}
