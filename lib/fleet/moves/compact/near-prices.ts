import { numberAt } from '../../../model/numbers.js'
import { approach, type NearSolution } from '../../program/first-order.js'
import type { Budget } from '../../program/linear-program.js'
import { boundCompact, type CompactPrices, wholeCompactPrices } from './compact-bound.js'
import type { CompactProgram } from './compact-program.js'

/** After so many looks in a row that found nothing better, the method ends. */
const mostIdle = 50

/**
 * Prices that prove nearly as much as any, by a first-order method: of the aim, or with `most` of the cost for an aim of at
 * most that. It ends where they prove what was reached. Null: they prove nothing.
 */
export function approachPrices(
  program: CompactProgram,
  most: number | null,
  reached: number,
  budget: Budget,
): { readonly bound: number; readonly prices: CompactPrices | null } {
  if (!budget.spend(0)) return { bound: 0, prices: null }
  const { columns, rowLower, costs } = program
  const rowUpper = program.rowUpper.slice()
  if (most !== null) rowUpper[program.aimRow] = most
  const goal = most === null ? costs.aim : costs.moves
  let bound = 0
  let best: CompactPrices | null = null
  let idle = 0
  const look = ({ values, rowPrices }: NearSolution): boolean => {
    const prices = wholeCompactPrices(program, rowPrices)
    const least = boundCompact(program, prices, most)
    idle += 1
    if (least > bound) {
      bound = least
      best = prices
      idle = 0
    }
    let value = 0
    for (let column = 0; column < values.length; column += 1)
      value += numberAt(goal, column) * numberAt(values, column)
    return bound >= reached || idle > mostIdle || Math.ceil(value * (1 - 1e-5) - 1e-3) <= bound
  }
  approach({ columns, rowLower, rowUpper }, goal, budget, look)
  return { bound, prices: best }
}
