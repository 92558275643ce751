import type { WorkBudget } from '../../program/budget.js'
import { capped } from '../../program/budget.js'
import type { Budget, Column } from '../../program/linear-program.js'
import { searchWhole } from '../../program/search-whole.js'
import { createSimplex, type Simplex } from '../../program/simplex.js'
import { boundCompact, wholeCompactPrices } from './compact-bound.js'
import type { CompactProgram } from './compact-program.js'

export interface CompactRelaxation {
  /** Proven by prices in whole numbers. */
  readonly fewest: number
  readonly leastCost: number
  /** By column of the program, at `leastCost`; null: none was found soon. */
  readonly counts: Float64Array | null
  /** A whole solution with an aim of `fewest` that costs a little more; null: none was found. */
  readonly roundUp: () => Float64Array | null
}

/** About a tenth of a second. A whole solution that is not found soon is not found late either. */
const searchWork = 100_000

/**
 * Solves the linear program, and looks for whole numbers near its solution. The fleet as it is costs
 * nothing, so the simplex starts there and finds the least cost for the aim of the closed form. Only if the
 * aim cannot be so small, it minimises the aim first.
 */
export function relaxCompact(
  program: CompactProgram,
  closedForm: number,
  budget: WorkBudget,
): CompactRelaxation {
  const { columns, right, basis, atStart } = withSlack(program)
  const moves = padded(program.costs.moves, columns.length)
  const limitAim = (most: number): Float64Array => {
    const limited = right.slice()
    limited[program.aimRow] = most
    return limited
  }
  let fewest = closedForm
  let simplex = createSimplex(columns, limitAim(fewest), basis)
  let end = simplex.repair(moves, budget)
  if (end === 'infeasible') {
    const aim = padded(program.costs.aim, columns.length)
    simplex = createSimplex(columns, limitAim(atStart), basis)
    end = simplex.minimise(aim, budget)
    fewest = Math.max(fewest, boundCompact(program, pricesOf(program, simplex), null))
    if (end === 'optimal') {
      simplex.setRight(limitAim(fewest))
      end = simplex.repair(moves, budget)
    }
  }
  if (end !== 'optimal') return { fewest, leastCost: 0, counts: null, roundUp: () => null }
  const leastCost = boundCompact(program, pricesOf(program, simplex), fewest)
  return {
    fewest,
    leastCost,
    counts: searchWhole(
      { patterns: program.columns, columns },
      simplex,
      moves,
      leastCost,
      capped(budget, searchWork),
    ),
    roundUp: () =>
      roundUp({ ...program, columns }, simplex, { costs: moves, target: leastCost }, budget),
  }
}

/**
 * The least cost of moves that make room for one of a kind, whatever happens to the aim. It is for fleets
 * with too many plans to try them all. Null: nothing was found soon.
 */
export function relaxRoom(
  program: CompactProgram,
  wanted: number,
  budget: Budget,
): { readonly leastCost: number; readonly counts: Float64Array | null } | null {
  const { columns, right, basis } = withSlack(program)
  const { groups, aimRow, firstDestinationRow, kindRows, destinationsOf } = program
  const moves = padded(program.costs.moves, columns.length)
  const kindRow = kindRows[wanted] ?? -1
  const demandRow =
    kindRow >= 0 ? kindRow : firstDestinationRow + (destinationsOf[wanted]?.[0] ?? 0)
  right[demandRow] = (right[demandRow] ?? 0) + 1
  const gpuCount = groups.reduce((sum, { count }) => sum + count, 0)
  right[aimRow] = gpuCount
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
 * A solution with the smallest aim in whole numbers, or nearly so, where the relaxation promised too
 * little.
 */
export function fewestWhole(
  program: CompactProgram,
  fewest: number,
  budget: WorkBudget,
): Float64Array | null {
  const { columns, right, basis, atStart } = withSlack(program)
  const aim = padded(program.costs.aim, columns.length)
  right[program.aimRow] = atStart
  const simplex = createSimplex(columns, right, basis)
  if (simplex.minimise(aim, budget) !== 'optimal') return null
  return (
    searchWhole({ patterns: program.columns, columns }, simplex, aim, fewest, budget) ??
    roundUp({ ...program, columns }, simplex, { costs: aim, target: fewest }, budget)
  )
}

function roundUp(
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

function pricesOf(
  program: CompactProgram,
  simplex: Simplex,
): ReturnType<typeof wholeCompactPrices> {
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
