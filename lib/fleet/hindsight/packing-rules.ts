import type { Tables } from '../../solver/tables/tables.js'
import { dearestSet } from '../program/dearest-set.js'
import { leastOf, listFacets } from '../program/facets.js'
import type { HindsightKind, HindsightTrace } from './hindsight-trace.js'
import { tablesOf } from './hindsight-trace.js'

/** No set of instances that GPUs can hold together is worth more than the sum of `worths`, whatever moves. */
export interface PackingRule {
  /** By kind: a whole number. */
  readonly prices: readonly number[]
  /** By geometry: what the dearest set of instances of one GPU is worth. */
  readonly worths: ReadonlyMap<Tables, number>
}

/**
 * Prices under which instances can be too dear for the GPUs: the facets of each geometry, and the sizes of profiles. The
 * worth of a GPU follows from the prices alone, so each rule holds, wherever its prices come from.
 */
export function listRules(trace: HindsightTrace): readonly PackingRule[] {
  const { kinds } = trace
  const all = tablesOf(trace)
  const found = new Map<string, PackingRule>()
  const add = (priceIn: (kind: HindsightKind) => number): void => {
    const prices = kinds.map(priceIn)
    if (prices.every((price) => price === 0)) return
    const worths = new Map(all.map((tables) => [tables, dearestWorth(tables, kinds, prices)]))
    found.set(prices.join(), { prices, worths })
  }
  for (const tables of all) {
    const positions = [...new Set(kinds.flatMap(({ options }) => options.get(tables) ?? []))]
    positions.sort((a, b) => a - b)
    const sizes = tables.profiles.map(({ unitCount }) => unitCount)
    const slices = tables.profiles.map(({ profile }) => profile.sliceCount)
    const facets = listFacets(tables, positions)?.map(({ prices }) => prices) ?? [sizes, slices]
    for (const prices of facets) add(({ options }) => leastOf(options.get(tables) ?? [], prices))
  }
  if (all.length > 1) {
    const least = (of: (tables: Tables, position: number) => number) => (kind: HindsightKind) =>
      Math.min(...[...kind.options].flatMap(([tables, at]) => at.map((each) => of(tables, each))))
    add(least(({ profiles }, position) => profiles[position]?.profile.memoryMiB ?? 0))
    add(least(({ profiles }, position) => profiles[position]?.profile.sliceCount ?? 0))
  }
  return [...found.values()]
}

function dearestWorth(
  tables: Tables,
  kinds: readonly HindsightKind[],
  prices: readonly number[],
): number {
  const best = tables.profiles.map(() => 0)
  for (const [number, { options }] of kinds.entries())
    for (const position of options.get(tables) ?? [])
      best[position] = Math.max(best[position] ?? 0, prices[number] ?? 0)
  return dearestSet(tables, best)(0)
}
