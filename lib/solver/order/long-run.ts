import { at } from '../../model/numbers.js'
import type { LayoutChain } from './layout-chain.js'

/** By profile position, how many requests come in the time for which one stays. */
export type Arrivals = readonly number[]

/** The layout after a request, at `layout * profileCount + position`; -1: it is refused, or never comes. */
export type PlacingRule = Int32Array

/** Smaller changes no longer count. */
export const precision = 1e-12

export const mostRounds = 10_000

/** Where a long run can start. Layouts that a rule never reaches lose their chances in a few rounds. */
export function startChances({ layoutCount }: LayoutChain): Float64Array {
  return new Float64Array(layoutCount).fill(1 / layoutCount)
}

/**
 * The chance of each layout in the long run: what comes to a layout is as much as what leaves it. By Gauss-Seidel, from
 * any `chances`, which have the result.
 */
export function settleChances(
  chain: LayoutChain,
  arrivals: Arrivals,
  rule: PlacingRule,
  chances: Float64Array,
): void {
  const { layoutCount, larger } = chain
  const { sources, rates, starts, outflows } = listFlows(chain, arrivals, rule)
  for (let round = 0; round < mostRounds; round += 1) {
    let change = 0
    let sum = 0
    for (let layout = 0; layout < layoutCount; layout += 1) {
      let inflow = 0
      const end = larger.starts[layout + 1] ?? 0
      for (let index = larger.starts[layout] ?? 0; index < end; index += 1) {
        inflow += chances[larger.layouts[index] ?? 0] ?? 0
      }
      const last = starts[layout + 1] ?? 0
      for (let index = starts[layout] ?? 0; index < last; index += 1) {
        inflow += (chances[sources[index] ?? 0] ?? 0) * (rates[index] ?? 0)
      }
      const outflow = outflows[layout] ?? 0
      // A GPU that takes nothing stays in its only layout.
      const chance = outflow === 0 ? 1 : inflow / outflow
      change += Math.abs(chance - (chances[layout] ?? 0))
      sum += chance
      chances[layout] = chance
    }
    for (let layout = 0; layout < layoutCount; layout += 1) {
      chances[layout] = (chances[layout] ?? 0) / sum
    }
    if (change < precision * sum) return
  }
}

interface Flows {
  /** From which layouts requests lead to each one, at `starts[layout]` and behind it. */
  readonly sources: Int32Array
  readonly starts: Int32Array
  /** How often that happens, by source. */
  readonly rates: Float64Array
  /** How often a GPU leaves each layout. */
  readonly outflows: Float64Array
}

function listFlows(
  { layoutCount, profileCount, smaller }: LayoutChain,
  arrivals: Arrivals,
  rule: PlacingRule,
): Flows {
  const starts = new Int32Array(layoutCount + 1)
  for (const reached of rule) {
    if (reached >= 0) starts[reached + 1] = (starts[reached + 1] ?? 0) + 1
  }
  for (let layout = 0; layout < layoutCount; layout += 1) {
    starts[layout + 1] = (starts[layout + 1] ?? 0) + (starts[layout] ?? 0)
  }
  const sources = new Int32Array(starts[layoutCount] ?? 0)
  const rates = new Float64Array(sources.length)
  const outflows = new Float64Array(layoutCount)
  const ends = starts.slice()
  for (let layout = 0; layout < layoutCount; layout += 1) {
    let outflow = (smaller.starts[layout + 1] ?? 0) - (smaller.starts[layout] ?? 0)
    for (let position = 0; position < profileCount; position += 1) {
      const reached = rule[layout * profileCount + position] ?? -1
      if (reached < 0) continue
      const rate = arrivals[position] ?? 0
      const index = ends[reached] ?? 0
      sources[index] = layout
      rates[index] = rate
      ends[reached] = index + 1
      outflow += rate
    }
    outflows[layout] = outflow
  }
  return { sources, rates, starts, outflows }
}

/** The share that is refused of the requests that would fit in some layout. */
export function refusedShare(
  { fitting, profileCount }: LayoutChain,
  arrivals: Arrivals,
  rule: PlacingRule,
  chances: Float64Array,
): number {
  let fits = 0
  let refused = 0
  for (const [entry, isFitting] of fitting.entries()) {
    if (isFitting === 0) continue
    const chance =
      (chances[Math.floor(entry / profileCount)] ?? 0) * at(arrivals, entry % profileCount)
    fits += chance
    if ((rule[entry] ?? -1) < 0) refused += chance
  }
  return fits === 0 ? 0 : refused / fits
}
