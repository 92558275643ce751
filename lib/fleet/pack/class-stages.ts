import type { FleetObjective } from '../../../types/fleet/pack.js'
import { numberAt } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { compareObjectives, type Figure, figures } from '../model/objective.js'
import type { WorkBudget } from '../program/budget.js'
import type { WholeSolver } from '../program/highs.js'
import { type DemandPrices, leastProven } from '../program/price-bound.js'
import { searchWhole } from '../program/search-whole.js'
import { createSimplex, type Simplex } from '../program/simplex.js'
import { type ClassBound, readPrices } from './class-prices.js'
import { type ClassProgram, openedRow, unplacedRow } from './class-program.js'
import { fillUp, type PackedClasses, packClasses } from './packed-classes.js'

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
  // If the best value of a figure is unknown, the later figures have no bound.
  let provable = true
  const offer = (packed: PackedClasses): void => {
    const { best } = known
    if (best === null || compareObjectives(packed.objective, best.objective) < 0) {
      known.best = packed
    }
  }

  // Answers are offered at the same points, whatever the limit, so that more work is never worse.
  if (budget.limited) offer(fillUp(fleet, program, new Float64Array(patterns.length), []))
  for (const figure of figures) {
    if (figure === 'cost' && fleet.goal === 'gpus') break
    const costs = program.costs[figure]
    const isSolved = simplex.repair(costs, budget) === 'optimal'
    const found = readPrices(fleet, program, simplex, figure)
    const before = figure === 'gpus' ? fleet.inUse : 0
    if (found !== null && provable) {
      const least = Math.max(proven[figure], leastProven(fleet, found, figure, proven))
      if (least > proven[figure]) prices[figure] = found
      proven[figure] = least
      if (!askedHighs) lowerBound[figure] = least
    }
    lowerBound[figure] = Math.max(
      lowerBound[figure],
      provable && !askedHighs ? proven[figure] : before,
    )

    const least = Math.ceil(simplex.valueOf(costs) - 1e-6)
    const target = Math.max(lowerBound[figure] - before, least)
    if (isSolved || known.best === null) {
      offer(findPacking({ fleet, program, simplex, costs }, target, budget))
    }
    let reached: number = known.best?.objective[figure] ?? 0
    if (reached > lowerBound[figure] && budget.stopped() === null && !budget.counted) {
      const solver = await loadSolver()
      if (solver !== null) {
        askedHighs = true
        const { values, bound } = solver(
          { columns, costs, rowLower: right, rowUpper: right, wholeCount: patterns.length },
          budget.leftMs(),
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
    if (reached > lowerBound[figure]) provable = false
    if (figure === 'unplacedValue') right[unplacedRow] = reached
    if (figure === 'gpus') right[openedRow] = reached - fleet.inUse
    simplex.setRight(right)
  }
  const packed = known.best ?? packClasses(fleet, program, new Float64Array(patterns.length))
  return { packed, bound: { lowerBound: proven, prices }, lowerBound, askedHighs }
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
    if (budget.stopped() !== null) break
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
  )
}
