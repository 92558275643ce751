import type { FleetObjective } from '../../../types/fleet/pack.js'
import type { WorkBudget } from '../program/budget.js'
import type { WholeSolver } from '../program/highs.js'
import {
  boundByPrices,
  ceilDivide,
  type DemandPrices,
  toWholePrices,
} from '../program/price-bound.js'
import { createSimplex, type Simplex } from '../program/simplex.js'
import { roundCounts, solveWhole } from './class-milp.js'
import { type ClassProgram, type Figure, openedRow, unplacedRow } from './class-program.js'
import { searchWhole } from './class-search.js'
import type { PackGroups } from './pack-groups.js'
import { compareObjectives, fillUp, type PackedClasses, packClasses } from './packed-classes.js'

/** What `FleetCertificate` says, with prices by demand group. */
export interface ClassBound {
  readonly lowerBound: FleetObjective
  readonly prices: { readonly [figure in Figure]: DemandPrices | null }
}

export interface ClassAnswer {
  readonly packed: PackedClasses
  readonly bound: ClassBound
  /** With the word of HiGHS, where it was asked. */
  readonly lowerBound: FleetObjective
  readonly askedHighs: boolean
}

const figures = ['unplacedValue', 'gpus', 'cost'] as const

/**
 * One figure after the other: the linear program gives the bound, rounding and search a packing that
 * meets it; where none is found, HiGHS decides. Each figure is fixed before the next one is made small.
 */
export async function solveStages(
  fleet: PackGroups,
  program: ClassProgram,
  budget: WorkBudget,
  loadSolver: () => Promise<WholeSolver | null>,
): Promise<ClassAnswer> {
  const simplex = createSimplex(program.columns, program.right, program.startBasis)
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
  // A figure whose best value is not known bounds the next ones by nothing.
  let provable = true
  const offer = (packed: PackedClasses): void => {
    const { best } = known
    if (best === null || compareObjectives(packed.objective, best.objective) < 0) {
      known.best = packed
    }
  }

  // Answers are offered at the same points of the way, however far it is gone: more work is never worse.
  if (budget.limited) offer(fillUp(fleet, program, new Float64Array(program.patterns.length), []))
  for (const figure of figures) {
    if (figure === 'cost' && fleet.goal === 'gpus') break
    const costs = program.costs[figure]
    const isSolved = simplex.repair(costs, budget) === 'optimal'
    const stage = readPrices(fleet, program, simplex, figure)
    const before = figure === 'gpus' ? fleet.inUse : 0
    if (stage !== null && provable) {
      const least = Math.max(proven[figure], before + provenBy(fleet, stage, proven, figure))
      if (least > proven[figure]) prices[figure] = stage
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
      offer(findPacking(fleet, program, simplex, costs, target, budget))
    }
    let reached: number = known.best?.objective[figure] ?? 0
    if (reached > lowerBound[figure] && budget.stopped() === null && !budget.counted) {
      const solver = await loadSolver()
      if (solver !== null) {
        askedHighs = true
        const limits = {
          unplacedValue: right[unplacedRow] ?? 0,
          opened: right[openedRow] ?? 0,
        }
        const solved = solveWhole(solver, program, costs, limits, budget.leftMs())
        if (solved.values !== null) {
          offer(packClasses(fleet, program, roundCounts(program, solved.values)))
        }
        if (provable) {
          const bound = Math.ceil(solved.bound - 1e-6) + before
          if (Number.isFinite(bound)) lowerBound[figure] = Math.max(lowerBound[figure], bound)
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
  const packed =
    known.best ?? packClasses(fleet, program, new Float64Array(program.patterns.length))
  return { packed, bound: { lowerBound: proven, prices }, lowerBound, askedHighs }
}

/** Rounds to a packing at the bound, else to one as near to it as the search comes. */
function findPacking(
  fleet: PackGroups,
  program: ClassProgram,
  simplex: Simplex,
  costs: Float64Array,
  target: number,
  budget: WorkBudget,
): PackedClasses {
  // A search for the bound itself ends soon where it cannot be met; then a little more is allowed.
  const slack = new Set([0, 1, Math.ceil(target / 1000), Math.ceil(target / 50), Infinity])
  for (const more of slack) {
    if (budget.stopped() !== null) break
    const counts = searchWhole(program, simplex, costs, target + more, budget)
    if (counts !== null) return packClasses(fleet, program, counts)
  }
  const floors = new Float64Array(program.patterns.length)
  for (const [row, column] of simplex.basis.entries()) {
    if (column < floors.length) floors[column] = Math.floor((simplex.values[row] ?? 0) + 1e-6)
  }
  const first = program.firstDemandRow + program.demands.length
  const duals = simplex.prices()
  return fillUp(
    fleet,
    program,
    floors,
    program.slots.map(({ number, memoryMiB }) => memoryMiB * 1e-6 - (duals[first + number] ?? 0)),
  )
}

/** The prices of the rows, as whole numbers that prove something. Null: none. */
function readPrices(
  { demands }: PackGroups,
  program: ClassProgram,
  simplex: Simplex,
  figure: Figure,
): DemandPrices | null {
  const duals = simplex.prices()
  const own = program.demands.map((_, index) =>
    Math.max(0, duals[program.firstDemandRow + index] ?? 0),
  )
  const left = figure === 'unplacedValue' ? 0 : Math.max(0, -(duals[unplacedRow] ?? 0))
  const opened = figure === 'cost' ? Math.max(0, -(duals[openedRow] ?? 0)) : 0
  const { numbers, denominator } = toWholePrices([...own, left, opened])
  const whole = (index: number): number => numbers[own.length + index] ?? 0
  const weights = {
    unplacedValue: figure === 'unplacedValue' ? denominator : whole(0),
    gpus: figure === 'gpus' ? denominator : figure === 'cost' ? whole(1) : 0,
    cost: figure === 'cost' ? denominator : 0,
  }
  if (figure !== 'unplacedValue') {
    for (const [index, { value }] of program.demands.entries()) {
      weights.unplacedValue = Math.max(
        weights.unplacedValue,
        Math.ceil((numbers[index] ?? 0) / value),
      )
    }
  }
  const prices = demands.map(() => 0)
  for (const [index, { number, value }] of program.demands.entries()) {
    prices[number] = Math.min(numbers[index] ?? 0, weights.unplacedValue * value)
  }
  return prices.some((price) => price > 0) ? { prices, denominator, weights } : null
}

function provenBy(
  fleet: PackGroups,
  stage: DemandPrices,
  proven: FleetObjective,
  figure: Figure,
): number {
  const { weights, denominator } = stage
  let total = boundByPrices(fleet, stage)
  if (figure !== 'unplacedValue') {
    total -= BigInt(weights.unplacedValue) * BigInt(proven.unplacedValue)
  }
  if (figure === 'cost') total -= BigInt(weights.gpus) * BigInt(proven.gpus - fleet.inUse)
  return Math.max(0, ceilDivide(total, BigInt(denominator)))
}
