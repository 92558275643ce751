// The least share that any rule refuses in the long run, if it may choose each place by the whole layout: policy
// iteration on the ratio of refused requests to those that fit. No order is better, since each is such a rule.
import type { Tables } from '../tables/tables.js'
import type { LayoutChain } from './layout-chain.js'
import {
  type Arrivals,
  mostRounds,
  type PlacingRule,
  precision,
  refusedShare,
  settleChances,
  startChances,
} from './long-run.js'

const mostImprovements = 100

/** Smaller differences of costs are rounding, and would exchange equal places for ever. */
const noDifference = 1e-9

export function leastRefused(
  tables: Tables,
  chain: LayoutChain,
  arrivals: Arrivals,
  start: PlacingRule,
): number {
  const rule = Int32Array.from(start)
  const costs = new Float64Array(chain.layoutCount)
  const chances = startChances(chain)
  settleChances(chain, arrivals, rule, chances)
  let share = refusedShare(chain, arrivals, rule, chances)
  for (let round = 0; round < mostImprovements; round += 1) {
    settleCosts(chain, arrivals, rule, share, costs)
    if (!improveRule(tables, chain, costs, rule)) break
    settleChances(chain, arrivals, rule, chances)
    share = refusedShare(chain, arrivals, rule, chances)
  }
  return share
}

/** What starting in each layout costs in the long run, against starting empty, if each request that fits pays `share`. */
function settleCosts(
  { layoutCount, profileCount, fitting, smaller }: LayoutChain,
  arrivals: Arrivals,
  rule: PlacingRule,
  share: number,
  costs: Float64Array,
): void {
  for (let round = 0; round < mostRounds; round += 1) {
    let change = 0
    for (let layout = 0; layout < layoutCount; layout += 1) {
      let cost = 0
      let rate = 0
      for (let position = 0; position < profileCount; position += 1) {
        const entry = layout * profileCount + position
        const arrival = arrivals[position] ?? 0
        const reached = rule[entry] ?? -1
        if (fitting[entry] === 1) cost += arrival * (Number(reached < 0) - share)
        if (reached < 0) continue
        cost += arrival * (costs[reached] ?? 0)
        rate += arrival
      }
      const end = smaller.starts[layout + 1] ?? 0
      for (let index = smaller.starts[layout] ?? 0; index < end; index += 1) {
        cost += costs[smaller.layouts[index] ?? 0] ?? 0
        rate += 1
      }
      const settled = rate === 0 ? 0 : cost / rate
      change = Math.max(change, Math.abs(settled - (costs[layout] ?? 0)))
      costs[layout] = settled
    }
    if (change < precision) return
  }
}

/** Gives each request the place after which the costs are least. False: it has it already. */
function improveRule(
  { profiles }: Tables,
  { layoutCount, profileCount, placeCount, after }: LayoutChain,
  costs: Float64Array,
  rule: PlacingRule,
): boolean {
  let improved = false
  for (let layout = 0; layout < layoutCount; layout += 1) {
    for (const { position, placements } of profiles) {
      const entry = layout * profileCount + position
      const known = rule[entry] ?? -1
      if (known < 0) continue
      let best = known
      for (const { number } of placements) {
        const reached = after[layout * placeCount + number] ?? -1
        if (reached >= 0 && (costs[reached] ?? 0) < (costs[best] ?? 0) - noDifference)
          best = reached
      }
      if (best === known) continue
      rule[entry] = best
      improved = true
    }
  }
  return improved
}
