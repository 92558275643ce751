import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { countDisjoint } from '../tables/placement-masks.js'
import type { CompiledPlacement, CompiledProfile } from '../tables/tables.js'

/** Places for some instances of one profile that do not overlap. */
export interface PlaceSet {
  /** In ascending order of start. */
  readonly places: readonly CompiledPlacement[]
  readonly mask: number
  /** The lowest bit of each place. */
  readonly starts: number
}

const known = new WeakMap<CompiledProfile, Map<number, readonly PlaceSet[]>>()

/** Refuses a GPU with more, which would take minutes. */
const mostSets = 2 ** 17

/** Every set of `count` places of a profile; those with the lowest starts first. */
export function listPlaceSets(profile: CompiledProfile, count: number): readonly PlaceSet[] {
  const byCount = cached(known, profile, () => new Map())
  return cached(byCount, count, () => chooseSets(profile, count))
}

function chooseSets({ placements, profile }: CompiledProfile, count: number): readonly PlaceSet[] {
  const sets: PlaceSet[] = []
  const chosen: CompiledPlacement[] = []
  /** How many places can still be chosen from each position on. */
  const most = placements.map((_, first) =>
    countDisjoint(placements.slice(first).map(({ placement }) => placement)),
  )
  const choose = (first: number, mask: number, starts: number): void => {
    if (chosen.length === count) {
      if (sets.length === mostSets) {
        throw new MigError(
          'MIG_SOLVER_LIMIT',
          `There are more than ${mostSets} ways to place ${count} × ${profile.name}.`,
        )
      }
      sets.push({ places: [...chosen], mask, starts })
      return
    }
    for (let index = first; index < placements.length; index += 1) {
      const place = at(placements, index)
      if (chosen.length + at(most, index) < count) break
      if ((mask & place.mask) !== 0) continue
      chosen.push(place)
      choose(index + 1, mask | place.mask, starts | (place.mask & -place.mask))
      chosen.pop()
    }
  }
  choose(0, 0, 0)
  return sets
}
