import { capped, type WorkBudget } from '../../program/budget.js'
import { searchWhole } from '../../program/search-whole.js'
import { createSimplex, mayInvert } from '../../program/simplex.js'
import { boundCompact, type CompactPrices } from '../compact/compact-bound.js'
import type { CompactProgram } from '../compact/compact-program.js'
import { searchWork } from '../compact/compact-simplex.js'
import { padded, pricesOf, withSlack } from '../compact/slack-columns.js'

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

/** The program as equations, with one more of the kind to be placed, and any aim. */
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
