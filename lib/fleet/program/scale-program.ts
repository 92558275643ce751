import { numberAt } from '../../model/numbers.js'
import type { Budget, Column } from './linear-program.js'

/** `rowLower <= columns * x <= rowUpper`, `0 <= x`. */
export interface RowProgram {
  readonly columns: readonly Column[]
  readonly rowLower: ArrayLike<number>
  readonly rowUpper: ArrayLike<number>
}

/** A program with rows and columns of nearly equal size, for steps that multiply with its matrix. */
export interface ScaledProgram {
  readonly rowCount: number
  readonly columnCount: number
  readonly cost: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** The entries by column, and the same by row. */
  readonly starts: Int32Array
  readonly rowOf: Int32Array
  readonly entryOf: Float64Array
  readonly rowStarts: Int32Array
  readonly columnOf: Int32Array
  readonly rowEntryOf: Float64Array
  readonly ofRow: Float64Array
  readonly ofColumn: Float64Array
}

/**
 * Rows and columns are scaled until the largest entry of each is nearly 1, and then by their sums. Where the search has to
 * stop, fewer rounds do.
 */
export function scaleProgram(
  { columns, rowLower, rowUpper }: RowProgram,
  costs: Float64Array,
  { spend }: Budget,
): ScaledProgram {
  const columnCount = columns.length
  const rowCount = rowLower.length
  const starts = new Int32Array(columnCount + 1)
  for (const [index, { rows }] of columns.entries())
    starts[index + 1] = numberAt(starts, index) + rows.length
  const size = numberAt(starts, columnCount)
  const rowOf = new Int32Array(size)
  const entryOf = new Float64Array(size)
  for (const [index, { rows, values }] of columns.entries()) {
    const from = numberAt(starts, index)
    for (let k = 0; k < rows.length; k += 1) {
      rowOf[from + k] = rows[k] as number
      entryOf[from + k] = values[k] as number
    }
  }
  const ofRow = new Float64Array(rowCount).fill(1)
  const ofColumn = new Float64Array(columnCount).fill(1)
  for (let round = 0; round <= scaleRounds && spend(0); round += 1) {
    const bySum = round === scaleRounds
    const rowSize = new Float64Array(rowCount)
    const columnSize = new Float64Array(columnCount)
    for (let column = 0; column < columnCount; column += 1) {
      for (let k = numberAt(starts, column); k < numberAt(starts, column + 1); k += 1) {
        const row = rowOf[k] as number
        const entry = Math.abs(
          (entryOf[k] as number) * (ofRow[row] as number) * (ofColumn[column] as number),
        )
        if (bySum) {
          rowSize[row] = (rowSize[row] as number) + entry
          columnSize[column] = (columnSize[column] as number) + entry
        } else {
          rowSize[row] = Math.max(rowSize[row] as number, entry)
          columnSize[column] = Math.max(columnSize[column] as number, entry)
        }
      }
    }
    for (let row = 0; row < rowCount; row += 1)
      if (rowSize[row] !== 0)
        ofRow[row] = (ofRow[row] as number) / Math.sqrt(rowSize[row] as number)
    for (let column = 0; column < columnCount; column += 1)
      if (columnSize[column] !== 0)
        ofColumn[column] = (ofColumn[column] as number) / Math.sqrt(columnSize[column] as number)
  }
  const rowStarts = new Int32Array(rowCount + 1)
  for (let k = 0; k < size; k += 1)
    rowStarts[(rowOf[k] as number) + 1] = numberAt(rowStarts, (rowOf[k] as number) + 1) + 1
  for (let row = 0; row < rowCount; row += 1)
    rowStarts[row + 1] = numberAt(rowStarts, row + 1) + numberAt(rowStarts, row)
  const next = rowStarts.slice()
  const columnOf = new Int32Array(size)
  const rowEntryOf = new Float64Array(size)
  for (let column = 0; column < columnCount; column += 1) {
    for (let k = numberAt(starts, column); k < numberAt(starts, column + 1); k += 1) {
      const row = rowOf[k] as number
      const entry = (entryOf[k] as number) * (ofRow[row] as number) * (ofColumn[column] as number)
      entryOf[k] = entry
      const at = numberAt(next, row)
      next[row] = at + 1
      columnOf[at] = column
      rowEntryOf[at] = entry
    }
  }
  return {
    rowCount,
    columnCount,
    cost: Float64Array.from(
      { length: columnCount },
      (_, column) => numberAt(costs, column) * numberAt(ofColumn, column),
    ),
    lower: Float64Array.from(rowLower, (value, row) => value * numberAt(ofRow, row)),
    upper: Float64Array.from(rowUpper, (value, row) => value * numberAt(ofRow, row)),
    starts,
    rowOf,
    entryOf,
    rowStarts,
    columnOf,
    rowEntryOf,
    ofRow,
    ofColumn,
  }
}

const scaleRounds = 10
const normRounds = 40

/** The largest singular value of the matrix, by power iteration. */
export function normOf(
  { rowCount, columnCount, starts, rowOf, entryOf }: ScaledProgram,
  { spend }: Budget,
): number {
  let vector = Float64Array.from({ length: columnCount }, (_, column) => 1 + (column % 7) / 7)
  let size = 0
  for (let round = 0; round < normRounds && spend(0); round += 1) {
    const product = new Float64Array(rowCount)
    for (let column = 0; column < columnCount; column += 1)
      for (let k = numberAt(starts, column); k < numberAt(starts, column + 1); k += 1)
        product[rowOf[k] as number] =
          (product[rowOf[k] as number] as number) +
          (entryOf[k] as number) * (vector[column] as number)
    const back = new Float64Array(columnCount)
    let sum = 0
    for (let column = 0; column < columnCount; column += 1) {
      let value = 0
      for (let k = numberAt(starts, column); k < numberAt(starts, column + 1); k += 1)
        value += (entryOf[k] as number) * (product[rowOf[k] as number] as number)
      back[column] = value
      sum += value * value
    }
    const length = Math.sqrt(sum)
    if (length === 0) return 1
    size = Math.sqrt(length)
    vector = back.map((value) => value / length)
  }
  return size === 0 ? 1 : size * 1.02
}

/** The price of a unit of the rows against one of the columns. */
export function startWeight({ cost, lower, upper }: ScaledProgram): number {
  let ofCost = 0
  for (const each of cost) ofCost += each * each
  let ofRows = 0
  for (let row = 0; row < lower.length; row += 1) {
    const below = numberAt(lower, row)
    const above = numberAt(upper, row)
    const each = Math.max(
      Number.isFinite(below) ? Math.abs(below) : 0,
      Number.isFinite(above) ? Math.abs(above) : 0,
    )
    ofRows += each * each
  }
  return ofCost > 0 && ofRows > 0 ? Math.sqrt(ofCost / ofRows) : 1
}
