import { at } from '../../model/numbers.js'
import type { Tables } from '../tables/tables.js'
import { leastRefused } from './best-rule.js'
import { hamiOrder, lowestStart } from './known-orders.js'
import { createLayoutChain } from './layout-chain.js'
import { refusedShare, settleChances, startChances } from './long-run.js'
import { ruleOfOrder } from './order-rule.js'
import type { StartOrder } from './precedence.js'

/** What is refused in the long run, of what fits. */
export interface OrderLongRun {
  readonly shareOf: (order: StartOrder) => number
  /** The same, somewhat faster and less exact: it starts from the result for the order before. */
  readonly roughShareOf: (order: StartOrder) => number
  readonly lowestStart: number
  readonly hami: number
  readonly bound: number
}

/** `weights` are by profile position. Null: the GPU has too many layouts. */
export function createOrderLongRun(
  tables: Tables,
  weights: readonly number[],
  load: number,
): OrderLongRun | null {
  const chain = createLayoutChain(tables, weights)
  if (chain === null) return null
  const units = tables.profiles.reduce(
    (sum, { position, unitCount }) => sum + at(weights, position) * unitCount,
    0,
  )
  const arrivals = weights.map((weight) => (weight * load * tables.memoryUnits) / units)
  const settle = (order: StartOrder, chances: Float64Array): number => {
    const rule = ruleOfOrder(tables, chain, order)
    settleChances(chain, arrivals, rule, chances)
    return refusedShare(chain, arrivals, rule, chances)
  }
  const shareOf = (order: StartOrder): number => settle(order, startChances(chain))
  const last = startChances(chain)
  const lowest = lowestStart(tables)
  return {
    shareOf,
    roughShareOf: (order) => settle(order, last),
    lowestStart: shareOf(lowest),
    hami: shareOf(hamiOrder(tables)),
    bound: leastRefused(tables, chain, arrivals, ruleOfOrder(tables, chain, lowest)),
  }
}
