import type { Column } from '../../program/linear-program.js'
import type { Simplex } from '../../program/simplex.js'
import { type CompactPrices, wholeCompactPrices } from './compact-bound.js'
import type { CompactProgram } from './compact-program.js'

export function pricesOf(program: CompactProgram, simplex: Simplex): CompactPrices {
  return wholeCompactPrices(program, simplex.prices())
}

export function padded(costs: Float64Array, length: number): Float64Array {
  const all = new Float64Array(length)
  all.set(costs)
  return all
}

/** The program as equations: every row except those of the clear groups gets a slack column. */
export function withSlack({ clears, groups, rowLower, aimRow, columns: own }: CompactProgram): {
  readonly columns: readonly Column[]
  readonly right: Float64Array
  readonly basis: Int32Array
  /** The aim of the fleet as it is. */
  readonly atStart: number
} {
  const columns = [...own]
  const right = Float64Array.from(rowLower, (lower) => (Number.isFinite(lower) ? lower : 0))
  const basis = new Int32Array(right.length)
  let atStart = 0
  for (const [column, { group, option }] of clears.entries()) {
    if (option !== 0) continue
    basis[group.number] = column
    atStart += (group.options[0]?.ofAim ?? 0) * group.count
  }
  for (let row = groups.length; row < right.length; row += 1) {
    basis[row] = columns.length
    columns.push({ rows: [row], values: [row === aimRow ? 1 : -1] })
  }
  return { columns, right, basis, atStart }
}
