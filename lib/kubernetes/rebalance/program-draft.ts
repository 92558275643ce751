import type { Column } from '../../fleet/program/linear-program.js'

/** What a column adds to rows. */
export type Entries = Map<number, number>

/** In place of the first column of a row: the row may have more than its right side. */
export const surplus = -1

/** Rows and columns as they are added. */
export function createDraft(figureCount: number): {
  readonly columns: Column[]
  readonly right: number[]
  readonly addRow: (right: number) => number
  readonly addColumn: (entries: Entries) => number
  readonly start: (row: number, column: number) => void
  readonly addSlacks: () => Int32Array
} {
  const right = Array.from({ length: figureCount }, () => 0)
  const columns: Column[] = []
  const basis = new Map<number, number>()
  const addColumn = (entries: Entries): number => {
    const filled = [...entries].filter(([, value]) => value !== 0)
    const rows = filled.map(([row]) => row)
    return columns.push({ rows, values: filled.map(([, value]) => value) }) - 1
  }
  return {
    columns,
    right,
    addRow: (amount) => right.push(amount) - 1,
    addColumn,
    start: (row, column) => basis.set(row, column),
    addSlacks: () =>
      Int32Array.from(right, (_, row) => {
        const known = basis.get(row)
        if (known !== undefined && known !== surplus) return known
        return addColumn(new Map([[row, known ?? 1]]))
      }),
  }
}
