import { capped, inPart, type WorkBudget } from '../../program/budget.js'
import { mayApproach } from '../../program/first-order.js'
import { searchWhole } from '../../program/search-whole.js'
import { createSimplex, mayInvert, type Simplex } from '../../program/simplex.js'
import { boundCompact, type CompactPrices } from './compact-bound.js'
import { countColumns } from './compact-columns.js'
import type { CompactProgram } from './compact-program.js'
import { approachPrices } from './near-prices.js'
import { padded, pricesOf, withSlack } from './slack-columns.js'

/** The least value of the aim, and the prices that prove it. Null: it is 0. */
export interface ProvenAim {
  readonly fewest: number
  readonly aimPrices: CompactPrices | null
}

export interface CompactRelaxation extends ProvenAim {
  readonly leastCost: number
  /** Null: the bound is 0. */
  readonly costPrices: CompactPrices | null
  /** By column of the program, at `leastCost`; null: none was found soon. */
  readonly counts: Float64Array | null
  /** A whole solution with an aim of `fewest` that costs a little more; null: none was found. */
  readonly roundUp: () => Float64Array | null
  /** Whether a simplex has solved the program in its time. */
  readonly isSolved: boolean
}

/** The part of the time for the simplex. Where it does not end, the rest is for what finds a plan without it. */
const simplexShare = 0.5

/** About a tenth of a second. A whole solution that is not found soon is not found late either. */
export const searchWork = 100_000

/**
 * Solves the linear program, and looks for whole numbers near its solution. The fleet as it is costs
 * nothing, so the simplex starts there and finds the least cost for the aim of the closed form. Only if the
 * aim cannot be so small, it minimises the aim first.
 */
export function relaxCompact(
  program: CompactProgram,
  closedForm: ProvenAim,
  budget: WorkBudget,
): CompactRelaxation {
  const roundUp = (): null => null
  const nothing = { leastCost: 0, costPrices: null, counts: null, roundUp, isSolved: false }
  if (!mayInvert(program.rowLower.length, budget.leftMs())) {
    if (!mayApproach(countColumns(program), budget.leftMs())) {
      budget.noteHurry()
      return { ...closedForm, ...nothing }
    }
    const { bound, prices } = approachPrices(program, null, Number.POSITIVE_INFINITY, budget)
    const isMore = bound > closedForm.fewest
    return { ...(isMore ? { fewest: bound, aimPrices: prices } : closedForm), ...nothing }
  }
  const { columns, right, basis, atStart } = withSlack(program)
  const moves = padded(program.costs.moves, columns.length)
  const limitAim = (most: number): Float64Array => {
    const limited = right.slice()
    limited[program.aimRow] = most
    return limited
  }
  let { fewest, aimPrices } = closedForm
  const inTime = inPart(budget, simplexShare)
  let simplex = createSimplex(columns, limitAim(fewest), basis)
  let end = simplex.repair(moves, inTime)
  if (end === 'infeasible') {
    const aim = padded(program.costs.aim, columns.length)
    simplex = createSimplex(columns, limitAim(atStart), basis)
    end = simplex.minimise(aim, inTime)
    const prices = pricesOf(program, simplex)
    const bound = boundCompact(program, prices, null)
    if (bound > fewest) {
      fewest = bound
      aimPrices = prices
    }
    if (end === 'optimal') {
      simplex.setRight(limitAim(fewest))
      end = simplex.repair(moves, inTime)
    }
  }
  if (end === 'stopped') budget.noteHurry()
  if (end !== 'optimal') return { fewest, aimPrices, ...nothing }
  const costPrices = pricesOf(program, simplex)
  const leastCost = boundCompact(program, costPrices, fewest)
  return {
    fewest,
    aimPrices,
    leastCost,
    costPrices,
    counts: searchWhole(
      { patterns: program.columns, columns },
      simplex,
      moves,
      leastCost,
      capped(budget, searchWork),
    ),
    roundUp: () =>
      roundNear({ ...program, columns }, simplex, { costs: moves, target: leastCost }, budget),
    isSolved: true,
  }
}

/**
 * A solution with the smallest aim in whole numbers, or nearly so, where the relaxation promised too
 * little.
 */
export function fewestWhole(
  program: CompactProgram,
  fewest: number,
  budget: WorkBudget,
): Float64Array | null {
  if (!mayInvert(program.rowLower.length, budget.leftMs())) return null
  const { columns, right, basis, atStart } = withSlack(program)
  const aim = padded(program.costs.aim, columns.length)
  right[program.aimRow] = atStart
  const simplex = createSimplex(columns, right, basis)
  if (simplex.minimise(aim, budget) !== 'optimal') return null
  return (
    searchWhole({ patterns: program.columns, columns }, simplex, aim, fewest, budget) ??
    roundNear({ ...program, columns }, simplex, { costs: aim, target: fewest }, budget)
  )
}

function roundNear(
  { clears, fills, flows, columns }: CompactProgram,
  simplex: Simplex,
  { costs, target }: { readonly costs: Float64Array; readonly target: number },
  budget: WorkBudget,
): Float64Array | null {
  const patterns = columns.slice(0, clears.length + fills.length + flows.length)
  const slack = new Set([1, 2, Math.ceil(target / 100), Math.ceil(target / 10)])
  for (const more of slack) {
    if (budget.stopped() !== null) return null
    const counts = searchWhole(
      { patterns, columns },
      simplex,
      costs,
      target + more,
      capped(budget, searchWork),
    )
    if (counts !== null) return counts
  }
  return null
}
