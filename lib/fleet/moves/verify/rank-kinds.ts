import { cached } from '../../../model/cached.js'
import type { AccessGroup } from '../access-groups.js'
import type { QuestionGroups } from './question-groups.js'

/** Kinds that may go to the same places have one rank. `kindAt` has one of each. */
interface RankedKinds {
  readonly rankOf: readonly number[]
  readonly kindAt: readonly number[]
}

/**
 * The kinds with the fewest places come first. How kinds are numbered depends on who reads the fleet, so nothing here does:
 * in another order, the search would take another number of steps.
 */
export function rankKinds({ gpus }: Pick<QuestionGroups, 'gpus'>): RankedKinds {
  const counts = new Map<AccessGroup, number>()
  for (const { access, count } of gpus) counts.set(access, (counts.get(access) ?? 0) + count)
  const accesses = [...counts]
  const found = new Map<
    string,
    { readonly text: string; readonly kind: number; readonly size: number }
  >()
  const all = (accesses[0]?.[0].positionsOf ?? []).map((_positions, kind) => {
    const text = accesses.map(([{ positionsOf }]) => positionsOf[kind]?.join()).join(';')
    return cached(found, text, () => ({ text, kind, size: countPlaces(accesses, kind) }))
  })
  const ordered = [...found.values()].sort((a, b) => a.size - b.size || (a.text < b.text ? -1 : 1))
  const ranks = new Map(ordered.map((each, rank) => [each, rank]))
  return {
    rankOf: all.map((each) => ranks.get(each) ?? -1),
    kindAt: ordered.map(({ kind }) => kind),
  }
}

/** Places for a kind on all GPUs, as if they were empty. */
function countPlaces(accesses: readonly (readonly [AccessGroup, number])[], kind: number): number {
  return accesses.reduce((sum, [{ positionsOf, model }, count]) => {
    const { profiles } = model.tables
    const places = (positionsOf[kind] ?? []).flatMap((at) => profiles[at]?.placements ?? [])
    return sum + count * places.length
  }, 0)
}
