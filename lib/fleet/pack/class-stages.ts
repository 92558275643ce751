import type { FleetObjective } from '../../../types/fleet/pack.js'
import { numberAt } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { compareObjectives, type Figure, figures } from '../model/objective.js'
import type { WorkBudget } from '../program/budget.js'
import { solverMs, type WholeSolver } from '../program/highs.js'
import { type DemandPrices, leastProven } from '../program/price-bound.js'
import { searchWhole } from '../program/search-whole.js'
import { createSimplex, type Simplex } from '../program/simplex.js'
import { type ClassBound, readPrices } from './class-prices.js'
import { type ClassProgram, openedRow, unplacedRow } from './class-program.js'
import { findNearBound, toRows } from './near-bound.js'
import { wholeNearPrices } from './near-prices.js'
import { fillUp, type PackedClasses, packClasses } from './packed-classes.js'
import { swapPatterns } from './swap-patterns.js'

export interface ClassAnswer {
  readonly packed: PackedClasses
  readonly bound: ClassBound
  /** Includes the word of HiGHS, if it was used. */
  readonly lowerBound: FleetObjective
  readonly askedHighs: boolean
}

/**
 * Minimises one figure after the other. The linear program gives the bound; rounding and search give a
 * packing that meets it. If they find none, HiGHS decides. Each figure is fixed before the next one is
 * minimised.
 */
export async function solveStages(
  fleet: GroupedProblem,
  program: ClassProgram,
  budget: WorkBudget,
  loadSolver: () => Promise<WholeSolver | null>,
): Promise<ClassAnswer> {
  const { columns, patterns } = program
  const simplex = createSimplex(columns, program.right, program.startBasis)
  const right = program.right.slice()
  const proven = { unplacedValue: 0, gpus: fleet.inUse, cost: 0 }
  const lowerBound = { ...proven }
  const prices: Record<Figure, DemandPrices | null> = {
    unplacedValue: null,
    gpus: null,
    cost: null,
  }
  const known: { best: PackedClasses | null } = { best: null }
  let askedHighs = false
  // Once the best value of a figure is unknown, a solver bounds later figures only for packings as good as this one.
  let provable = true
  const offer = (packed: PackedClasses): void => {
    const { best } = known
    if (best === null || compareObjectives(packed.objective, best.objective) < 0) {
      known.best = packed
    }
  }

  // Answers are offered at the same points, whatever the limit, so that more work is never worse.
  const { isLate } = budget
  const nothing = new Float64Array(patterns.length)
  if (budget.limited) offer(fillUp(fleet, program, nothing, [], isLate))
  for (const figure of figures) {
    if (figure === 'cost' && fleet.goal === 'gpus') break
    const costs = program.costs[figure]
    const isSolved = simplex.repair(costs, budget) === 'optimal'
    const before = figure === 'gpus' ? fleet.inUse : 0
    for (const found of [
      readPrices(fleet, program, simplex, figure),
      isSolved ? null : findQuickPrices(fleet, program, right, figure, isLate),
    ]) {
      if (found === null) continue
      const own = leastProven(fleet, found, figure, proven)
      if (own > proven[figure]) prices[figure] = found
      proven[figure] = Math.max(proven[figure], own)
      const least = askedHighs ? leastProven(fleet, found, figure, lowerBound) : own
      lowerBound[figure] = Math.max(lowerBound[figure], least)
    }

    const least = Math.ceil(simplex.valueOf(costs) - 1e-6)
    const target = Math.max(lowerBound[figure] - before, least)
    if (isSolved || known.best === null) {
      offer(findPacking({ fleet, program, simplex, costs }, target, budget))
    }
    let reached: number = known.best?.objective[figure] ?? 0
    const maySolve = (): boolean => budget.spend(0) && !budget.counted && solverMs(budget) !== null
    if (reached > lowerBound[figure] && maySolve()) {
      const solver = await loadSolver()
      const limitMs = budget.spend(0) ? solverMs(budget) : null
      if (solver !== null && limitMs !== null) {
        askedHighs = true
        const { values, bound } = solver(
          { columns, costs, rowLower: right, rowUpper: right, wholeCount: patterns.length },
          limitMs,
        )
        if (values !== null) {
          const counts = values.slice(0, patterns.length).map(Math.round)
          offer(packClasses(fleet, program, counts))
        }
        if (provable && Number.isFinite(bound)) {
          const least = Math.ceil(bound - 1e-6) + before
          lowerBound[figure] = Math.max(lowerBound[figure], least)
        }
        reached = known.best?.objective[figure] ?? 0
        lowerBound[figure] = Math.min(lowerBound[figure], reached)
      }
    }
    if (reached > lowerBound[figure] && known.best !== null && !askedHighs) {
      offer(
        swapPatterns(fleet, program, known.best, { figure, target: lowerBound[figure] }, budget),
      )
      reached = known.best.objective[figure]
    }
    if (reached > lowerBound[figure]) provable = false
    if (figure === 'unplacedValue') right[unplacedRow] = reached
    if (figure === 'gpus') right[openedRow] = reached - fleet.inUse
    simplex.setRight(right)
  }
  const packed = known.best ?? packClasses(fleet, program, nothing)
  return { packed, bound: { lowerBound: proven, prices }, lowerBound, askedHighs }
}

/** Steps of a first-order method for a bound where the limit has stopped the simplex: some milliseconds. */
const quickSteps = 120

function findQuickPrices(
  fleet: GroupedProblem,
  program: ClassProgram,
  right: Float64Array,
  figure: Figure,
  isLate: () => boolean,
): DemandPrices | null {
  const rows = toRows(fleet, program)
  rows.rowUpper[unplacedRow] = numberAt(right, unplacedRow)
  rows.rowUpper[openedRow] = numberAt(right, openedRow)
  let steps = 0
  const spend = (work: number): boolean => {
    if (work > 0) steps += 1
    return steps < quickSteps && !isLate()
  }
  const aim = { figure, reached: Number.POSITIVE_INFINITY }
  const { prices } = findNearBound(fleet, program, rows, aim, { spend })
  return prices === null ? null : wholeNearPrices(fleet, program, prices, figure)
}

/** The linear program at its optimum for one figure. */
interface SolvedStage {
  readonly fleet: GroupedProblem
  readonly program: ClassProgram
  readonly simplex: Simplex
  readonly costs: Float64Array
}

/** Rounds to a packing that meets the target, or to one as near to it as the search comes. */
function findPacking(
  { fleet, program, simplex, costs }: SolvedStage,
  target: number,
  budget: WorkBudget,
): PackedClasses {
  // A search for the bound itself ends soon if it cannot be met. Then a little more is allowed.
  const slack = new Set([0, 1, Math.ceil(target / 1000), Math.ceil(target / 50), Infinity])
  for (const more of slack) {
    if (!budget.spend(0)) break
    const counts = searchWhole(program, simplex, costs, target + more, budget)
    if (counts !== null) return packClasses(fleet, program, counts)
  }
  const floors = new Float64Array(program.patterns.length)
  for (const [row, column] of simplex.basis.entries()) {
    if (column < floors.length) floors[column] = Math.floor(numberAt(simplex.values, row) + 1e-6)
  }
  const first = program.firstDemandRow + program.demands.length
  const duals = simplex.prices()
  return fillUp(
    fleet,
    program,
    floors,
    program.poolProfiles.map(
      ({ number, memoryMiB }) => memoryMiB * 1e-6 - numberAt(duals, first + number),
    ),
    budget.isLate,
  )
}
