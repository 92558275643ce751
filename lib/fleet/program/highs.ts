import type Highs from 'highs'
import { numberAt } from '../../model/numbers.js'
import type { WorkBudget } from './budget.js'
import type { Column } from './linear-program.js'

/** `rowLower <= columns * x <= rowUpper`, `0 <= x <= upper`; the first `wholeCount` of x are whole. */
export interface WholeProgram {
  readonly columns: readonly Column[]
  readonly costs: ArrayLike<number>
  readonly upper?: ArrayLike<number>
  readonly rowLower: ArrayLike<number>
  readonly rowUpper: ArrayLike<number>
  readonly wholeCount: number
}

export interface WholeSolution {
  /** `infeasible`: HiGHS proved it. `limit`: no answer within the time. */
  readonly kind: 'optimal' | 'feasible' | 'infeasible' | 'limit'
  readonly values: Float64Array | null
  /** No solution costs less, according to HiGHS. */
  readonly bound: number
  /** After a linear program: what one unit more of each row's bound costs. */
  readonly rowPrices?: Float64Array
}

export type WholeSolver = (program: WholeProgram, limitMs?: number) => WholeSolution

/** HiGHS ends a little after its limit, and reads the program before. */
const solverShare = 0.7
const fewestMs = 100

/** How long HiGHS may search, in milliseconds. Null: it would come too late. */
export function solverMs({ leftMs }: WorkBudget): number | null {
  const ms = solverShare * leftMs()
  return ms > fewestMs ? ms : null
}

let loading: Promise<WholeSolver | null> | undefined

/** The solver that a call may use after its own search. It is loaded when it is first needed. */
export function solverLoader(choice: 'auto' | 'own' = 'auto'): () => Promise<WholeSolver | null> {
  return choice === 'own' ? async () => null : loadHighs
}

/** The package `highs`. Null: it is not installed. */
function loadHighs(): Promise<WholeSolver | null> {
  loading ??= load()
  return loading
}

async function load(): Promise<WholeSolver | null> {
  let module: { readonly default: unknown }
  try {
    module = await import('highs')
  } catch (error) {
    // A broken installation is no reason to fail: without HiGHS, the answer has a weaker bound.
    if (error instanceof Error) return null
    throw error
  }
  // The package declares the types of its CommonJS form, where the function is one level deeper.
  const start = module.default as typeof Highs.default
  const highs = await start()

  return (program, limitMs = Number.POSITIVE_INFINITY) => {
    const { columns, costs, upper, rowLower, rowUpper, wholeCount } = program
    const { infinity, constants } = highs
    const starts = new Int32Array(columns.length + 1)
    for (const [index, { rows }] of columns.entries()) {
      starts[index + 1] = numberAt(starts, index) + rows.length
    }
    const finite = (values: ArrayLike<number>): Float64Array =>
      Float64Array.from(values, (value) =>
        Number.isFinite(value) ? value : Math.sign(value) * infinity,
      )
    const model = highs.createModel({
      numCols: columns.length,
      numRows: rowLower.length,
      colCost: Float64Array.from(costs),
      colLower: new Float64Array(columns.length),
      colUpper:
        upper === undefined ? new Float64Array(columns.length).fill(infinity) : finite(upper),
      rowLower: finite(rowLower),
      rowUpper: finite(rowUpper),
      matrix: {
        format: 'csc',
        numRows: rowLower.length,
        numCols: columns.length,
        starts,
        indices: Int32Array.from(columns.flatMap(({ rows }) => rows)),
        values: Float64Array.from(columns.flatMap(({ values }) => values)),
      },
      integrality: Int32Array.from(columns, (_, index) => Number(index < wholeCount)),
    })
    try {
      model.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 1e-6, random_seed: 0 })
      if (Number.isFinite(limitMs)) model.options.set('time_limit', Math.max(0.001, limitMs / 1000))
      model.run()
      const status = model.getModelStatus()
      if (status === constants.modelStatus.infeasible) {
        return { kind: 'infeasible', values: null, bound: Number.POSITIVE_INFINITY }
      }
      const isOptimal = status === constants.modelStatus.optimal
      const isSolved = isOptimal || model.info.get('primal_solution_status') === 2
      const bound = Number(
        isOptimal && wholeCount === 0
          ? model.getObjectiveValue()
          : model.info.get('mip_dual_bound'),
      )
      return {
        kind: isOptimal ? 'optimal' : isSolved ? 'feasible' : 'limit',
        values: isSolved ? Float64Array.from(model.getSolution().colValue) : null,
        bound: Number.isFinite(bound) ? bound : Number.NEGATIVE_INFINITY,
        ...(isOptimal && wholeCount === 0 && { rowPrices: model.getSolution().rowDual }),
      }
    } finally {
      model.dispose()
    }
  }
}
