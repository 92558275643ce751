import type { Budget, Column, SavedBasis, SimplexEnd } from './linear-program.js'
import { createBasis, pivotLeast, type SimplexBasis, tiny } from './simplex-basis.js'

/**
 * A revised simplex: rows are equations, columns are not negative. The inverse of the basis is dense,
 * because programs here have few rows. Floating point is good enough: prices become whole numbers before
 * they prove anything, and packings are counted.
 */
export interface Simplex {
  readonly rowCount: number
  /** The basic column of each row. */
  readonly basis: Int32Array
  /** Values of the basic columns. */
  readonly values: Float64Array
  readonly prices: () => Float64Array
  readonly valueOf: (costs: Float64Array) => number
  /** Minimises from a basis whose values are not negative. */
  readonly minimise: (costs: Float64Array, budget: Budget) => SimplexEnd
  /** Minimises from a basis that is optimal except for negative values, as after `setRight`. */
  readonly repair: (costs: Float64Array, budget: Budget) => SimplexEnd
  readonly setRight: (right: Float64Array) => void
  readonly save: () => SavedBasis
  readonly restore: (saved: SavedBasis) => void
}

export function createSimplex(
  columns: readonly Column[],
  startRight: Float64Array,
  startBasis: Int32Array,
): Simplex {
  const at = createBasis(columns, startRight, startBasis)
  const { rowCount, basis, values, prices, setRight, save, restore } = at
  return {
    rowCount,
    basis,
    values,
    prices: () => prices.slice(),
    valueOf: (costs) =>
      basis.reduce(
        (sum, column, row) => sum + (costs[column] as number) * (values[row] as number),
        0,
      ),
    minimise: (costs, budget) => minimise(at, costs, budget),
    repair: (costs, budget) => repair(at, costs, budget),
    setRight,
    save,
    restore,
  }
}

const mostRows = 3000

/** Whether a simplex of so many rows has room in memory, and can be cut off within the time: it inverts its basis at one go. */
export function mayInvert(rows: number, leftMs: number): boolean {
  return rows <= mostRows && rows * rows * 1e-4 <= 25 + 0.1 * Math.max(0, leftMs)
}

/** The work of one step, in units of a budget. */
function stepWork({ rowCount, entryOf }: SimplexBasis): number {
  return Math.ceil((rowCount * rowCount + entryOf.length) / 500)
}

/** Minimises from a basis whose values are not negative. */
function minimise(at: SimplexBasis, costs: Float64Array, budget: Budget): SimplexEnd {
  const { rowCount, columnCount, basis, inBasis, values, entering } = at
  const { loadPrices, loadEntering, reducedCost, pivot } = at
  loadPrices(costs)
  let degenerate = 0
  const work = stepWork(at)
  for (;;) {
    if (!budget.spend(work)) return 'stopped'
    // Bland's rule takes the first column that helps, and cannot cycle.
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
    // Costs are not negative, so no program here is unbounded. If one seems so, that is a rounding error.
    if (leave < 0) return 'stopped'
    degenerate = shortest > tiny ? 0 : degenerate + 1
    pivot(leave, enter, costs)
  }
}

/** The dual simplex: from a basis that is optimal except for negative values. */
function repair(at: SimplexBasis, costs: Float64Array, budget: Budget): SimplexEnd {
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
