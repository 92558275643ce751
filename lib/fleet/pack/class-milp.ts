import type { WholeSolution, WholeSolver } from '../program/highs.js'
import { type ClassProgram, openedRow, unplacedRow } from './class-program.js'

/** The class program in whole numbers of GPUs, by HiGHS. Limits are those of the figures before. */
export function solveWhole(
  solver: WholeSolver,
  program: ClassProgram,
  costs: Float64Array,
  limits: { readonly unplacedValue: number; readonly opened: number },
  limitMs: number,
): WholeSolution {
  const right = program.right.slice()
  right[unplacedRow] = limits.unplacedValue
  right[openedRow] = Math.min(right[openedRow] ?? 0, limits.opened)
  return solver(
    {
      columns: program.columns,
      costs,
      rowLower: right,
      rowUpper: right,
      wholeCount: program.patterns.length,
    },
    limitMs,
  )
}

/** GPUs of each pattern. */
export function roundCounts(program: ClassProgram, values: Float64Array): Float64Array {
  return values.slice(0, program.patterns.length).map((value) => Math.round(value))
}
