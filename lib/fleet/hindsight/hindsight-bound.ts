import type { Budget } from '../program/linear-program.js'
import type { HindsightTrace } from './hindsight-trace.js'
import type { PackingRule } from './packing-rules.js'
import { searchPrices } from './trace-prices.js'
import { listRows, type RuleRows } from './trace-rows.js'

/** Prices are rounded to whole parts of a memory unit, so that sums are exact. */
export const parts: number = 2 ** 16

/** A bound, and what proves it. */
export interface TraceBound {
  readonly bound: number
  /** By rule, the arrivals at which a price is paid, in parts of a memory unit. */
  readonly rules: readonly {
    readonly rule: PackingRule
    readonly at: readonly { readonly arrival: number; readonly price: number }[]
  }[]
}

/**
 * The most memory units that could have been placed, whatever is moved and however well the future is known: no choice
 * of requests is worth more. A price is paid for room at each arrival. What a request is worth beyond the prices of its
 * room, and all room at its price, are together at least what any choice gains. So all prices prove a bound, and those of
 * a linear program nearly the best.
 */
export function boundTrace(
  trace: HindsightTrace,
  rules: readonly PackingRule[],
  budget: Budget,
): TraceBound {
  const { stays, kinds } = trace
  const worths = Float64Array.from(stays, ({ kind, fixed }) =>
    fixed ? 0 : (kinds[kind]?.worth ?? 0),
  )
  const rows = listRows(trace, rules)
  let bound = worths.reduce((sum, worth) => sum + worth, 0)
  let best: readonly Float64Array[] = []
  if (rows.length === 0) return { bound, rules: [] }
  searchPrices(rows, worths, budget, (prices) => {
    const whole = prices.map((each) => each.map((price) => Math.round(price * parts)))
    const total = provenBy(rows, worths, whole)
    const proven = Number(total / BigInt(parts))
    if (proven < bound) {
      bound = proven
      best = whole
    }
    return Number(total) / parts
  })
  return {
    bound,
    rules: best.map((prices, index) => {
      const { rule, arrivals } = rows[index] as RuleRows
      const at = [...prices].map((price, row) => ({ arrival: arrivals[row] ?? 0, price }))
      return { rule, at: at.filter(({ price }) => price > 0) }
    }),
  }
}

/** What these prices prove, in parts of a memory unit. All numbers are whole. */
function provenBy(
  rows: readonly RuleRows[],
  worths: Float64Array,
  prices: readonly Float64Array[],
): bigint {
  let total = 0n
  const paid = new Float64Array(worths.length)
  for (const [rule, { room, priceOf, from, to }] of rows.entries()) {
    const running = new Float64Array(room.length + 1)
    for (const [row, price] of (prices[rule] ?? []).entries()) {
      total += BigInt(room[row] ?? 0) * BigInt(price)
      running[row + 1] = (running[row] ?? 0) + price
    }
    for (let stay = 0; stay < paid.length; stay += 1) {
      const sum = (running[to[stay] ?? 0] ?? 0) - (running[from[stay] ?? 0] ?? 0)
      paid[stay] = (paid[stay] ?? 0) + (priceOf[stay] ?? 0) * sum
    }
  }
  let left = 0
  for (const [stay, worth] of worths.entries())
    left += Math.max(0, worth * parts - (paid[stay] ?? 0))
  return total + BigInt(left)
}
