import type { FleetPlacePrices } from '../../../../types/fleet/certificates.js'
import type { WorkBudget } from '../../program/budget.js'
import { solverMs, type WholeSolution, type WholeSolver } from '../../program/highs.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import type { GpuChange } from '../name-moves.js'
import { boundByClosedForm } from './closed-bound.js'
import type { CompactAim } from './compact-aim.js'
import { describePrices, nameAccessGroups } from './compact-certificate.js'
import { nameChanges } from './compact-changes.js'
import { buildCompactProgram, type CompactProgram } from './compact-program.js'
import { fewestWhole, relaxCompact } from './compact-simplex.js'
import { hasFilters, isLarge, type NearCompaction, solveNearCompact } from './near-compact.js'

const nearly = 1e-6

export interface CompactSolution {
  /** Names the GPUs of the solution. Null: no solution in whole numbers was found. */
  readonly listChanges: () => readonly GpuChange[] | null
  /** Whether `listChanges` has a plan that comes to `reached`, which is proven best. */
  readonly isSettled: boolean
  /** What the solution comes to. Null: none was found. */
  readonly reached: { readonly aim: number; readonly cost: number } | null
  /** The aim cannot come to less. */
  readonly fewest: number
  /** No solution with this aim costs less. */
  readonly leastCost: number
  readonly proof: 'class-relaxation' | 'milp'
  /** What prices prove of both, which is less where HiGHS found more. */
  readonly proven: ProvenFigures
}

export interface ProvenFigures {
  readonly fewest: number
  readonly leastCost: number
  /** Null: the bound is 0. */
  readonly ofAim: FleetPlacePrices | null
  readonly ofCost: FleetPlacePrices | null
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
  // A running fleet may change while the solver loads.
  const names = nameAccessGroups(fleet)
  const least = boundByClosedForm(fleet, program, budget)
  if (isLarge(fleet, program) && !budget.isTimeUp()) {
    return describeNear(program, names, solveNearCompact(fleet, program, least, budget))
  }
  const relaxed = relaxCompact(program, least, budget)
  let { fewest, leastCost, counts } = relaxed
  let proof: CompactSolution['proof'] = 'class-relaxation'
  const isBest = (): boolean => counts !== null && costOf(program, counts) <= leastCost
  const solver = isBest() || budget.counted || !budget.spend(0) ? null : await loadSolver()
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
  const isFound = counts !== null && aimOf(program, counts) <= fewest
  if (!isFound && hasFilters(fleet) && !budget.isTimeUp()) {
    const near = solveNearCompact(fleet, program, { ...relaxed, fewest }, budget)
    if (counts === null || near.reached.aim < aimOf(program, counts)) {
      // Prices for an aim that HiGHS alone has proven prove no cost by themselves.
      const isPriced = near.fewest > fewest || fewest === relaxed.fewest
      const answer = describeNear(program, names, near)
      if (isPriced) return answer
      const { ofAim } = answer.proven
      const proven = { fewest: relaxed.fewest, leastCost: 0, ofAim, ofCost: null }
      return { ...answer, proof, proven }
    }
  }
  if (relaxed.isSolved) counts ??= relaxed.roundUp() ?? fewestWhole(program, fewest, budget)
  const rounded = counts === null ? null : Float64Array.from(counts, Math.round)
  const reached =
    rounded === null ? null : { aim: aimOf(program, rounded), cost: costOf(program, rounded) }
  leastCost = Math.min(leastCost, reached?.cost ?? Number.POSITIVE_INFINITY)
  return {
    listChanges: () => (rounded === null ? null : nameChanges(program, rounded)),
    isSettled:
      rounded !== null &&
      reached?.aim === fewest &&
      reached.cost === leastCost &&
      addsUp(program, rounded),
    reached,
    fewest,
    leastCost,
    proof,
    proven: {
      fewest: relaxed.fewest,
      leastCost:
        fewest > relaxed.fewest
          ? 0
          : Math.min(relaxed.leastCost, reached?.cost ?? Number.POSITIVE_INFINITY),
      ofAim: describePrices(names, program, relaxed.aimPrices, 'aim'),
      ofCost: describePrices(names, program, relaxed.costPrices, 'cost'),
    },
  }
}

function describeNear(
  program: CompactProgram,
  names: ReturnType<typeof nameAccessGroups>,
  { changes, reached, fewest, leastCost, aimPrices, costPrices }: NearCompaction,
): CompactSolution {
  return {
    listChanges: () => changes,
    isSettled: false,
    reached,
    fewest,
    leastCost,
    proof: 'class-relaxation',
    proven: {
      fewest,
      leastCost,
      ofAim: describePrices(names, program, aimPrices, 'aim'),
      ofCost: describePrices(names, program, costPrices, 'cost'),
    },
  }
}

function solve(
  solver: WholeSolver,
  program: CompactProgram,
  { costs, most }: { readonly costs: Float64Array; readonly most: number | null },
  budget: WorkBudget,
): WholeSolution {
  const limitMs = solverMs(budget)
  if (limitMs === null) return noSolution
  const rowUpper = program.rowUpper.slice()
  if (most !== null) rowUpper[program.aimRow] = most
  const { columns, rowLower } = program
  const wholeCount = columns.length
  return solver({ columns, costs, rowLower, rowUpper, wholeCount }, limitMs)
}

const noSolution: WholeSolution = { kind: 'limit', values: null, bound: Number.NEGATIVE_INFINITY }

/** Whether the counts meet every row of the program: then there are GPUs and instances for all of them. */
function addsUp({ columns, rowLower, rowUpper }: CompactProgram, counts: Float64Array): boolean {
  const sums = new Float64Array(rowLower.length)
  for (const [column, { rows, values }] of columns.entries()) {
    const count = counts[column] ?? 0
    if (count < 0) return false
    for (const [index, row] of rows.entries())
      sums[row] = (sums[row] ?? 0) + count * (values[index] ?? 0)
  }
  return sums.every((sum, row) => sum >= (rowLower[row] ?? 0) && sum <= (rowUpper[row] ?? 0))
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
