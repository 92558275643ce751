import { numberAt } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import type { Figure } from '../model/objective.js'
import { approach, type NearSolution } from '../program/first-order.js'
import type { Budget } from '../program/linear-program.js'
import type { RowProgram } from '../program/scale-program.js'
import type { ClassProgram } from './class-program.js'
import { createNearBound, type NearPrices, readNearPrices } from './near-prices.js'
import { createSliceBounds, type SliceBounds } from './slice-prices.js'

export interface Rows extends RowProgram {
  readonly rowLower: Float64Array
  readonly rowUpper: Float64Array
  readonly slices: SliceBounds
}

/** The program without slack: only the rows of the demands are equations. */
export function toRows(fleet: GroupedProblem, program: ClassProgram): Rows {
  const { right, poolProfiles, firstDemandRow, demands } = program
  const rowLower = new Float64Array(right.length).fill(Number.NEGATIVE_INFINITY)
  for (let index = 0; index < demands.length; index += 1)
    rowLower[firstDemandRow + index] = numberAt(right, firstDemandRow + index)
  const slackCount = firstDemandRow + poolProfiles.length + fleet.groups.length
  return {
    get columns() {
      return program.columns.slice(0, -slackCount)
    },
    rowLower,
    rowUpper: right.slice(),
    slices: createSliceBounds(fleet, program),
  }
}

/**
 * Prices that prove nearly as much as any: those of slices at first, then those of a first-order method. It ends
 * where they prove what was reached. Once the search has to stop, those of slices are all. Null: there are none.
 */
export function findNearBound(
  fleet: GroupedProblem,
  program: ClassProgram,
  rows: Rows,
  { figure, reached }: { readonly figure: Figure; readonly reached: number },
  budget: Budget,
): { readonly prices: NearPrices | null; readonly values: Float64Array | null } {
  let best = Number.NEGATIVE_INFINITY
  let prices: NearPrices | null = null
  let idle = 0
  const offer = (bound: number, found: () => NearPrices): void => {
    idle += 1
    if (bound > best + 1e-5 * Math.abs(best)) idle = 0
    if (prices !== null && bound <= best + sameBound * Math.abs(best)) return
    best = bound
    prices = found()
  }
  const slices = rows.slices(figure, rows.rowUpper)
  for (const { bound, prices: found } of slices) offer(bound, found)
  if (slices.length > 0 && !budget.spend(0)) return { prices, values: null }
  const costs = program.costs[figure]
  const provenBy = createNearBound(fleet, program)
  const look = ({ values, rowPrices }: NearSolution): boolean => {
    const found = readNearPrices(program, rowPrices, figure)
    offer(provenBy(found, figure, rows.rowUpper), () => found)
    let value = 0
    for (let column = 0; column < values.length; column += 1)
      value += numberAt(costs, column) * numberAt(values, column)
    const isMet = Math.ceil(best - 1e-3) >= reached
    return isMet || idle > mostIdle || Math.abs(value - best) < 1e-3 + 1e-5 * value
  }
  const { values } = approach(rows, costs, budget, look)
  return { prices, values }
}

/** After so many looks in a row that found nothing better, the method ends. */
const mostIdle = 50

/** Bounds that differ by less differ by rounding. */
const sameBound = 1e-12
