import { invertMatrix } from './invert-matrix.js'
import type { Column, SavedBasis } from './linear-program.js'

// Loops here read with `as number`: a check of each index makes a packing a quarter slower.

/** A number below this counts as 0. */
export const tiny = 1e-9
/** A number below this is too small to divide by. */
export const pivotLeast = 1e-7
const refactorEvery = 120

/** A basis of a linear program, with a dense inverse and the prices of the costs that were loaded last. */
export interface SimplexBasis {
  readonly rowCount: number
  readonly columnCount: number
  /** The basic column of each row. */
  readonly basis: Int32Array
  readonly inBasis: Uint8Array
  /** Values of the basic columns. */
  readonly values: Float64Array
  /** The inverse of the basis, row by row. */
  readonly inverse: Float64Array
  readonly prices: Float64Array
  /** The entries of column `c` are at `starts[c]` to `starts[c + 1] - 1` of `rowOf` and `entryOf`. */
  readonly starts: Int32Array
  readonly rowOf: Int32Array
  readonly entryOf: Float64Array
  /** The column that `loadEntering` loaded, in terms of the basis. */
  readonly entering: Float64Array
  readonly loadPrices: (costs: Float64Array) => void
  readonly reducedCost: (column: number, costs: Float64Array) => number
  readonly loadEntering: (column: number) => void
  /** The loaded column replaces the basic column of row `leave`. */
  readonly pivot: (leave: number, column: number, costs: Float64Array) => void
  readonly setRight: (right: Float64Array) => void
  readonly save: () => SavedBasis
  readonly restore: (saved: SavedBasis) => void
}

export function createBasis(
  columns: readonly Column[],
  startRight: Float64Array,
  startBasis: Int32Array,
): SimplexBasis {
  const rowCount = startRight.length
  const right = startRight.slice()
  const basis = startBasis.slice()
  const inverse = new Float64Array(rowCount * rowCount)
  const values = new Float64Array(rowCount)
  const inBasis = new Uint8Array(columns.length)
  const entering = new Float64Array(rowCount)
  const prices = new Float64Array(rowCount)
  let sinceFactor = 0
  const starts = new Int32Array(columns.length + 1)
  for (const [index, { rows }] of columns.entries()) {
    starts[index + 1] = (starts[index] as number) + rows.length
  }
  const rowOf = Int32Array.from(columns.flatMap(({ rows }) => rows))
  const entryOf = Float64Array.from(columns.flatMap(({ values: entries }) => entries))

  const computeValues = (): void => {
    for (let row = 0; row < rowCount; row += 1) {
      let sum = 0
      const at = row * rowCount
      for (let index = 0; index < rowCount; index += 1) {
        const amount = right[index] as number
        if (amount !== 0) sum += (inverse[at + index] as number) * amount
      }
      values[row] = Math.abs(sum) < tiny ? 0 : sum
    }
  }

  const factor = (): boolean => {
    sinceFactor = 0
    const work = new Float64Array(rowCount * rowCount)
    for (const [place, column] of basis.entries()) {
      for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
        work[(rowOf[k] as number) * rowCount + place] = entryOf[k] as number
      }
    }
    const inverted = invertMatrix(work, rowCount, pivotLeast)
    if (inverted === null) return false
    inverse.set(inverted)
    return true
  }

  const loadPrices = (costs: Float64Array): void => {
    prices.fill(0)
    for (let row = 0; row < rowCount; row += 1) {
      const cost = costs[basis[row] as number] as number
      if (cost === 0) continue
      const at = row * rowCount
      for (let index = 0; index < rowCount; index += 1) {
        prices[index] = (prices[index] as number) + cost * (inverse[at + index] as number)
      }
    }
  }

  const reducedCost = (column: number, costs: Float64Array): number => {
    let cost = costs[column] as number
    for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
      cost -= (prices[rowOf[k] as number] as number) * (entryOf[k] as number)
    }
    return cost
  }

  const loadEntering = (column: number): void => {
    entering.fill(0)
    for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
      const amount = entryOf[k] as number
      let at = rowOf[k] as number
      for (let row = 0; row < rowCount; row += 1, at += rowCount) {
        entering[row] = (entering[row] as number) + amount * (inverse[at] as number)
      }
    }
  }

  const pivot = (leave: number, column: number, costs: Float64Array): void => {
    const reduced = reducedCost(column, costs)
    const divisor = entering[leave] as number
    const step = (values[leave] as number) / divisor
    const at = leave * rowCount
    for (let index = 0; index < rowCount; index += 1) {
      const part = (inverse[at + index] as number) / divisor
      inverse[at + index] = part
      prices[index] = (prices[index] as number) + reduced * part
    }
    for (let row = 0; row < rowCount; row += 1) {
      const times = entering[row] as number
      if (row === leave || times === 0) continue
      const to = row * rowCount
      for (let index = 0; index < rowCount; index += 1) {
        const part = inverse[at + index] as number
        if (part !== 0) inverse[to + index] = (inverse[to + index] as number) - times * part
      }
      const value = (values[row] as number) - times * step
      values[row] = Math.abs(value) < tiny ? 0 : value
    }
    values[leave] = step
    inBasis[basis[leave] as number] = 0
    basis[leave] = column
    inBasis[column] = 1
    sinceFactor += 1
    if (sinceFactor >= refactorEvery && factor()) {
      computeValues()
      loadPrices(costs)
    }
  }

  const markBasis = (): void => {
    inBasis.fill(0)
    for (const column of basis) inBasis[column] = 1
  }
  markBasis()
  factor()
  computeValues()

  return {
    rowCount,
    columnCount: columns.length,
    basis,
    inBasis,
    values,
    inverse,
    prices,
    starts,
    rowOf,
    entryOf,
    entering,
    loadPrices,
    reducedCost,
    loadEntering,
    pivot,
    setRight: (next) => {
      right.set(next)
      computeValues()
    },
    save: () => ({ basis: basis.slice(), inverse: inverse.slice(), right: right.slice() }),
    restore: (saved) => {
      basis.set(saved.basis)
      inverse.set(saved.inverse)
      right.set(saved.right)
      markBasis()
      sinceFactor = 0
      computeValues()
    },
  }
}
