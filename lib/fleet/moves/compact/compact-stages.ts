import type { WorkBudget } from '../../program/budget.js'
import { listFacets } from '../../program/facets.js'
import type { WholeSolution, WholeSolver } from '../../program/highs.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import type { GpuChange } from '../name-moves.js'
import type { CompactAim } from './compact-aim.js'
import { boundCompact } from './compact-bound.js'
import { nameChanges } from './compact-changes.js'
import { buildCompactProgram, type CompactProgram } from './compact-program.js'
import { fewestWhole, relaxCompact } from './compact-simplex.js'

const nearly = 1e-6

export interface CompactSolution {
  /** Null: no solution in whole numbers was found. */
  readonly changes: readonly GpuChange[] | null
  /** The aim cannot come to less. */
  readonly fewest: number
  /** No solution with this aim costs less. */
  readonly leastCost: number
  readonly proof: 'class-relaxation' | 'milp'
}

/**
 * Minimises the aim first and then the cost. Prices in whole numbers prove both. Only where they do not
 * prove what was found does HiGHS solve the program, and then its bound counts.
 */
export async function solveCompact(
  fleet: GroupedFleet,
  aim: CompactAim,
  budget: WorkBudget,
  loadSolver: () => Promise<WholeSolver | null>,
): Promise<CompactSolution> {
  const program = buildCompactProgram(fleet, aim)
  const relaxed = relaxCompact(program, closedForm(fleet, program), budget)
  let { fewest, leastCost, counts } = relaxed
  let proof: CompactSolution['proof'] = 'class-relaxation'
  const isBest = (): boolean => counts !== null && costOf(program, counts) <= leastCost
  const solver = isBest() || budget.counted || budget.stopped() !== null ? null : await loadSolver()
  if (solver !== null) {
    let whole = solve(solver, program, { costs: program.costs.moves, most: fewest }, budget)
    if (whole.kind === 'infeasible') {
      const least = solve(solver, program, { costs: program.costs.aim, most: null }, budget)
      const bound = Math.ceil(least.bound - nearly)
      if (Number.isFinite(bound)) fewest = Math.max(fewest, bound)
      counts = least.values
      leastCost = 0
      proof = 'milp'
      if (counts !== null && aimOf(program, counts) === fewest) {
        whole = solve(solver, program, { costs: program.costs.moves, most: fewest }, budget)
      }
    }
    if (whole.values !== null) counts = whole.values
    const bound = Math.ceil(whole.bound - nearly)
    if (Number.isFinite(bound) && bound > leastCost) {
      leastCost = bound
      proof = 'milp'
    }
  }
  counts ??= relaxed.roundUp() ?? fewestWhole(program, fewest, budget)
  const rounded = counts === null ? null : Float64Array.from(counts, Math.round)
  return {
    changes: rounded === null ? null : nameChanges(program, rounded),
    fewest,
    leastCost: rounded === null ? leastCost : Math.min(leastCost, costOf(program, rounded)),
    proof,
  }
}

/** By how much a figure is above its bound, as a part of itself. */
export function gapOf(reached: number, bound: number): number {
  return reached === bound ? 0 : (reached - bound) / reached
}

/** The bound of each model's closed form, which no program has to be solved for. */
function closedForm(fleet: GroupedFleet, program: CompactProgram): number {
  let most = 0
  for (const model of new Set(fleet.accessGroups.map((accessGroup) => accessGroup.model))) {
    const mine = program.destinations.filter(({ accessGroup }) => accessGroup.model === model)
    const positions = [...new Set(mine.map(({ position }) => position))].sort((a, b) => a - b)
    for (const { prices, denominator } of listFacets(model.tables, positions) ?? []) {
      const ofDestination = program.destinations.map(({ accessGroup, position }) =>
        accessGroup.model === model ? (prices[position] ?? 0) : 0,
      )
      most = Math.max(most, boundCompact(program, { ofDestination, ofAim: 0, denominator }, null))
    }
  }
  return most
}

function solve(
  solver: WholeSolver,
  program: CompactProgram,
  { costs, most }: { readonly costs: Float64Array; readonly most: number | null },
  budget: WorkBudget,
): WholeSolution {
  const rowUpper = program.rowUpper.slice()
  if (most !== null) rowUpper[program.aimRow] = most
  const { columns, rowLower } = program
  const wholeCount = columns.length
  return solver({ columns, costs, rowLower, rowUpper, wholeCount }, budget.leftMs())
}

function aimOf({ costs }: CompactProgram, counts: Float64Array): number {
  return totalOf(counts, costs.aim)
}

function costOf({ costs }: CompactProgram, counts: Float64Array): number {
  return totalOf(counts, costs.moves)
}

function totalOf(counts: Float64Array, costs: Float64Array): number {
  return counts.reduce((sum, count, column) => sum + Math.round(count) * (costs[column] ?? 0), 0)
}
