import type { WorkBudget } from '../../program/budget.js'
import { capped, inPart } from '../../program/budget.js'
import { mayApproach } from '../../program/first-order.js'
import type { Column } from '../../program/linear-program.js'
import { searchWhole } from '../../program/search-whole.js'
import { createSimplex, mayInvert, type Simplex } from '../../program/simplex.js'
import { boundCompact, type CompactPrices, wholeCompactPrices } from './compact-bound.js'
import { countColumns } from './compact-columns.js'
import type { CompactProgram } from './compact-program.js'
import { approachPrices } from './near-prices.js'

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
const searchWork = 100_000

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
 * The least cost of moves that make room for one of a kind, whatever happens to the aim. It is for fleets
 * with too many plans to try them all. Null: nothing was found soon.
 */
export function relaxRoom(
  program: CompactProgram,
  wanted: number,
  budget: WorkBudget,
): { readonly leastCost: number; readonly counts: Float64Array | null } | null {
  if (!mayInvert(program.rowLower.length, budget.leftMs())) return null
  const { columns, right, basis, gpuCount } = withWanted(program, wanted)
  const moves = padded(program.costs.moves, columns.length)
  const simplex = createSimplex(columns, right, basis)
  if (simplex.repair(moves, budget) !== 'optimal') return null
  const prices = pricesOf(program, simplex)
  const leastCost = boundCompact(program, { ...prices, ofAim: 0 }, gpuCount, wanted)
  const patterns = program.columns
  for (const more of [0, 1, 2, 4]) {
    const part = capped(budget, searchWork)
    const counts = searchWhole({ patterns, columns }, simplex, moves, leastCost + more, part)
    if (counts !== null) return { leastCost, counts }
  }
  return { leastCost, counts: null }
}

/**
 * Prices that prove how much room for one of a kind costs: what moves cost, or 1 for each of them. With
 * `refusal`, the prices are to prove that there is none at all. Null: no such prices were found.
 */
export function priceRoom(
  program: CompactProgram,
  wanted: number,
  objective: 'cost' | 'moves' | 'refusal',
  budget: WorkBudget,
): CompactPrices | null {
  if (!mayInvert(program.rowLower.length, budget.leftMs())) return null
  const { columns, right, basis, demandRow } = withWanted(program, wanted)
  const costs = new Float64Array(columns.length + 1)
  if (objective === 'cost') costs.set(program.costs.moves)
  if (objective === 'moves') {
    for (const [column, { group, option }] of program.clears.entries())
      costs[column] = group.options[option]?.kinds.length ?? 0
  }
  // Refusing the request costs 1; all moves are free.
  if (objective === 'refusal') costs[columns.length] = 1
  const refusal = { rows: [demandRow], values: [1] }
  const all = objective === 'refusal' ? [...columns, refusal] : columns
  const simplex = createSimplex(all, right, basis)
  // A certificate counts no work: what it proves must not depend on how long the answer took.
  const inTime = { spend: () => !budget.isTimeUp() }
  return simplex.repair(costs, inTime) === 'optimal' ? pricesOf(program, simplex) : null
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

function pricesOf(program: CompactProgram, simplex: Simplex): CompactPrices {
  return wholeCompactPrices(program, simplex.prices())
}

function padded(costs: Float64Array, length: number): Float64Array {
  const all = new Float64Array(length)
  all.set(costs)
  return all
}

/** The program as equations: every row except those of the clear groups gets a slack column. */
function withSlack({ clears, groups, rowLower, aimRow, columns: own }: CompactProgram): {
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

/** The same, with one more of the kind to be placed, and any aim. */
function withWanted(
  program: CompactProgram,
  wanted: number,
): ReturnType<typeof withSlack> & { readonly demandRow: number; readonly gpuCount: number } {
  const slack = withSlack(program)
  const { groups, aimRow, firstDestinationRow, kindRows, destinationsOf } = program
  const kindRow = kindRows[wanted] ?? -1
  const demandRow =
    kindRow >= 0 ? kindRow : firstDestinationRow + (destinationsOf[wanted]?.[0] ?? 0)
  const { right } = slack
  right[demandRow] = (right[demandRow] ?? 0) + 1
  const gpuCount = groups.reduce((sum, { count }) => sum + count, 0)
  right[aimRow] = gpuCount
  return { ...slack, demandRow, gpuCount }
}
