import { repair } from './dual-simplex.js'
import type { Budget, Column, SavedBasis, SimplexEnd } from './linear-program.js'
import { minimise } from './primal-simplex.js'
import { createBasis } from './simplex-basis.js'

/**
 * Rows are equations, columns are not negative. A revised simplex with the inverse of the basis kept
 * dense: programs here have few rows. Floating point, as nothing rests on it: prices become whole
 * numbers before they prove anything, and packings are counted.
 */
export interface Simplex {
  readonly rowCount: number
  /** In the order of the rows. */
  readonly basis: Int32Array
  /** Values of the basic columns. */
  readonly values: Float64Array
  readonly prices: () => Float64Array
  readonly valueOf: (costs: Float64Array) => number
  /** From a basis whose values are not negative. */
  readonly minimise: (costs: Float64Array, budget: Budget) => SimplexEnd
  /** From a basis that is optimal but for its values: after `setRight`. */
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
