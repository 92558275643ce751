import { cached } from '../../../model/cached.js'
import type { AccessGroup } from '../access-groups.js'
import type { QuestionGroups } from './question-groups.js'

/** Kinds that may go to the same places have one rank; those that may go nowhere have none. `kindAt` has one of each. */
interface RankedKinds {
  readonly rankOf: ReadonlyMap<number, number>
  readonly kindAt: readonly number[]
}

/**
 * The kinds with the fewest places come first. How kinds are numbered depends on who reads the fleet, so nothing here does:
 * in another order, the search would take another number of steps.
 */
export function rankKinds({ gpus }: Pick<QuestionGroups, 'gpus'>): RankedKinds {
  const counts = new Map<AccessGroup, number>()
  for (const { access, count } of gpus) counts.set(access, (counts.get(access) ?? 0) + count)
  const texts = new Map<number, string>()
  /** Places for a kind on all GPUs, as if they were empty. */
  const sizes = new Map<number, number>()
  for (const [index, [{ positionsOf, model }, count]] of [...counts].entries()) {
    for (const [kind, positions] of positionsOf) {
      texts.set(kind, `${texts.get(kind) ?? ''}${index}:${positions.join()};`)
      const places = positions.flatMap((at) => model.tables.profiles[at]?.placements ?? [])
      sizes.set(kind, (sizes.get(kind) ?? 0) + count * places.length)
    }
  }
  const found = new Map<
    string,
    { readonly text: string; readonly kind: number; readonly size: number }
  >()
  const all = [...texts].map(([kind, text]) => {
    const ranked = cached(found, text, () => ({ text, kind, size: sizes.get(kind) ?? 0 }))
    return { kind, ranked }
  })
  const ordered = [...found.values()].sort((a, b) => a.size - b.size || (a.text < b.text ? -1 : 1))
  const ranks = new Map(ordered.map((each, rank) => [each, rank]))
  return {
    rankOf: new Map(all.map(({ kind, ranked }) => [kind, ranks.get(ranked) ?? -1])),
    kindAt: ordered.map(({ kind }) => kind),
  }
}
