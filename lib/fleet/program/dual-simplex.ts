import type { Budget, SimplexEnd } from './linear-program.js'
import { minimise, stepWork } from './primal-simplex.js'
import { pivotLeast, type SimplexBasis, tiny } from './simplex-basis.js'

/** From a basis that is optimal but for its values. */
export function repair(at: SimplexBasis, costs: Float64Array, budget: Budget): SimplexEnd {
  const { rowCount, columnCount, inBasis, values, inverse, starts, rowOf, entryOf } = at
  const { loadEntering, reducedCost, pivot } = at
  at.loadPrices(costs)
  const work = stepWork(at)
  for (let steps = 0; ; steps += 1) {
    if (!budget.spend(work)) return 'stopped'
    if (steps > 50 * rowCount) return 'stopped'
    let leave = -1
    let lowest = -1e-8
    for (let row = 0; row < rowCount; row += 1) {
      if ((values[row] as number) < lowest) {
        lowest = values[row] as number
        leave = row
      }
    }
    if (leave < 0) return minimise(at, costs, budget)
    let enter = -1
    let smallest = Number.POSITIVE_INFINITY
    let largest = 0
    const from = leave * rowCount
    for (let column = 0; column < columnCount; column += 1) {
      if (inBasis[column] === 1) continue
      let amount = 0
      for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
        amount += (inverse[from + (rowOf[k] as number)] as number) * (entryOf[k] as number)
      }
      if (amount > -pivotLeast) continue
      const ratio = Math.max(0, reducedCost(column, costs)) / -amount
      if (ratio < smallest - tiny || (ratio < smallest + tiny && -amount > largest)) {
        enter = column
        smallest = Math.min(smallest, ratio)
        largest = -amount
      }
    }
    if (enter < 0) return 'infeasible'
    loadEntering(enter)
    pivot(leave, enter, costs)
  }
}
