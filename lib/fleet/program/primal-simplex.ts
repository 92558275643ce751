import type { Budget, SimplexEnd } from './linear-program.js'
import { pivotLeast, type SimplexBasis, tiny } from './simplex-basis.js'

/** What a step costs, in units of a budget. */
export function stepWork({ rowCount, entryOf }: SimplexBasis): number {
  return Math.ceil((rowCount * rowCount + entryOf.length) / 500)
}

/** From a basis whose values are not negative. */
export function minimise(at: SimplexBasis, costs: Float64Array, budget: Budget): SimplexEnd {
  const { rowCount, columnCount, basis, inBasis, values, entering } = at
  const { loadPrices, loadEntering, reducedCost, pivot } = at
  loadPrices(costs)
  let degenerate = 0
  const work = stepWork(at)
  for (;;) {
    if (!budget.spend(work)) return 'stopped'
    // Bland's rule, the first column that helps, cannot go round in circles.
    const careful = degenerate > 50 + rowCount
    let enter = -1
    let least = -1e-8
    for (let column = 0; column < columnCount; column += 1) {
      if (inBasis[column] === 1) continue
      const cost = reducedCost(column, costs)
      if (cost >= least) continue
      enter = column
      if (careful) break
      least = cost
    }
    if (enter < 0) return 'optimal'
    loadEntering(enter)
    let leave = -1
    let shortest = Number.POSITIVE_INFINITY
    for (let row = 0; row < rowCount; row += 1) {
      const amount = entering[row] as number
      if (amount < pivotLeast) continue
      const length = Math.max(0, values[row] as number) / amount
      const isShorter = length < shortest - tiny
      const isTie = !isShorter && length < shortest + tiny
      const better = careful
        ? (basis[row] as number) < (basis[leave] ?? 0)
        : amount > (entering[leave] ?? 0)
      if (isShorter || (isTie && better)) {
        leave = row
        shortest = Math.min(shortest, length)
      }
    }
    // Costs are not negative, so no program here is unbounded: what seems so is a rounding error.
    if (leave < 0) return 'stopped'
    degenerate = shortest > tiny ? 0 : degenerate + 1
    pivot(leave, enter, costs)
  }
}
