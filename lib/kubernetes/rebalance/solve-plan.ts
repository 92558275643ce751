import { capped, type WorkBudget } from '../../fleet/program/budget.js'
import type { WholeSolver } from '../../fleet/program/highs.js'
import { searchWhole } from '../../fleet/program/search-whole.js'
import { createSimplex, type Simplex } from '../../fleet/program/simplex.js'
import type { Cell } from './cells.js'
import { buildProgram, type RebalanceProgram } from './class-program.js'
import type { ClusterModel } from './cluster-model.js'
import { type DraftPlan, lesserPlan } from './draft-plan.js'
import { gatherChanges } from './gather-changes.js'
import type { OptionLister } from './gpu-options.js'
import { boundByPrices, type ClassPrices, readPrices } from './price-bound.js'
import { raisePrices } from './raise-bound.js'
import { realise } from './realise.js'
import { boundRoom } from './room-bound.js'

export interface SolvedPlan {
  readonly draft: DraftPlan
  readonly lowerBounds: readonly number[]
  readonly prices: readonly ClassPrices[]
  readonly askedHighs: boolean
}

export interface Search {
  readonly cluster: ClusterModel
  readonly lister: OptionLister
  readonly cells: readonly Cell[]
  /** Each node is a cell, and room counts. */
  readonly isFine: boolean
  /** No layout changes. */
  readonly isStill: boolean
  readonly maxNodes: number
  readonly budget: WorkBudget
  readonly loadSolver: () => Promise<WholeSolver | null>
}

/** Making a plan of a solution takes time, too: so much of the last one is kept for one more, and for what comes after the search. */
const keptShare = 3

const nearly = 1e-6
/** How much the prices of nodes count when changes are gathered on few of them. */
const scarcities = [1, 10]
/** About a tenth of a second: whole numbers that are not found soon are not found late either. */
const searchWork = 100_000

/**
 * Minimises one figure after the other. The linear program gives a bound, and whole numbers near its solution give a plan. Where it does
 * not meet the bound, HiGHS decides.
 */
export async function solvePlan(search: Search): Promise<SolvedPlan> {
  const { cluster, lister, cells, isFine, isStill, maxNodes, budget, loadSolver } = search
  const program = buildProgram(cluster, cells, search)
  const { columns, costs } = program
  const right = program.right.slice()
  const simplex = createSimplex(columns, right, program.startBasis)
  const patterns = columns.slice(0, program.wholeCount)
  const counts = new Float64Array(columns.length)
  for (const { column, effect, ofClass } of program.options)
    if (effect === ofClass.effects[0]) counts[column] = ofClass.gpus.length
  const reached: { best: DraftPlan | null } = { best: null }
  let keptMs = 0
  const isOver = (): boolean => budget.stopped() !== null || budget.leftMs() < keptMs
  const offer = (solution: Float64Array): void => {
    const before = budget.leftMs()
    reached.best = better(search, program, solution, reached.best)
    keptMs = keptShare * (before - budget.leftMs())
  }
  offer(counts)
  const lowerBounds: number[] = []
  const prices: ClassPrices[] = []
  let askedHighs = false
  for (const [figure, cost] of costs.entries()) {
    const name = cluster.figures[figure]?.name
    // With many nodes, room decides only between changes of one GPU.
    if (!isFine && name === 'lostRoom') {
      const found =
        isOver() || isStill ? null : boundRoom(search, reached.best, prices, lowerBounds)
      if (found !== null) prices.push(found.prices)
      lowerBounds.push(found?.bound ?? 0)
      continue
    }
    let bound = 0
    let isOptimal = false
    let ofNodes: ClassPrices | null = null
    const value = (): number => reached.best?.values[figure] ?? Number.POSITIVE_INFINITY
    // The first programs lead the simplex to a basis from which the later ones go on.
    if (!isOver() && (value() > 0 || name === 'waiting')) {
      isOptimal = simplex.repair(cost, budget) === 'optimal'
      let found = readPrices(cluster, program, simplex.prices(), figure)
      const limits = { reached: reached.best?.values ?? [], maxNodes, lostNow: 0 }
      bound = boundByPrices(cluster, cells, found, limits)
      const isLimited = !isStill && maxNodes < cluster.nodes.length
      if (!isFine && value() > bound && (name === 'nodes' || isLimited) && !isOver()) {
        found = raisePrices(cluster, cells, found, limits, value(), budget)
        bound = boundByPrices(cluster, cells, found, limits)
      }
      if (bound > 0) prices.push(found)
      if (!isFine && !isStill && name === 'nodes') ofNodes = found
    }
    if (value() > bound && isOptimal && !isOver()) {
      // What is rounded away, the plan fills by itself.
      offer(wholeParts(simplex, columns.length))
      for (const more of [0, 1, 2, Math.ceil(bound / 20), value() - bound - 1]) {
        if (value() <= bound + more || isOver()) break
        const whole = searchWhole(
          { patterns, columns },
          simplex,
          cost,
          bound + more,
          capped(budget, searchWork * (more > 2 ? 5 : 1)),
        )
        if (whole !== null) offer(whole)
      }
    }
    if (ofNodes !== null) {
      for (const scarcity of scarcities) {
        if (reached.best === null || value() <= bound || isOver()) break
        const weighed = { prices, ofNodes, scarcity }
        const limits = { maxNodes, budget }
        const plan = gatherChanges(cluster, lister, cells, reached.best, limits, weighed)
        reached.best = lesserPlan(plan, reached.best)
      }
    }
    if (value() > bound && !isOver()) {
      const solver = await loadSolver()
      if (solver !== null) {
        askedHighs = true
        const answer = solver(
          {
            columns,
            costs: cost,
            rowLower: right,
            rowUpper: right,
            wholeCount: program.wholeCount,
          },
          // Each figure gets its part, so that the first one does not take all.
          Math.max(1, Math.min(budget.leftMs() / 2, budget.leftMs() - keptMs)),
        )
        if (answer.values !== null) offer(answer.values)
        if (Number.isFinite(answer.bound))
          bound = Math.min(value(), Math.max(bound, Math.ceil(answer.bound - nearly)))
      }
    }
    lowerBounds.push(bound)
    right[figure] = value()
    simplex.setRight(right)
  }
  if (reached.best === null) throw new Error('a plan without changes is always possible')
  return { draft: reached.best, lowerBounds, prices, askedHighs }
}

/** The whole parts of the solution of a linear program. */
function wholeParts({ basis, values }: Simplex, length: number): Float64Array {
  const counts = new Float64Array(length)
  for (const [row, column] of basis.entries())
    counts[column] = Math.floor((values[row] ?? 0) + nearly)
  return counts
}

/** The better of a plan for these counts and the best one so far. */
function better(
  { cluster, lister, isStill, maxNodes, budget }: Search,
  program: RebalanceProgram,
  counts: Float64Array,
  best: DraftPlan | null,
): DraftPlan | null {
  const limits = { maxNodes: isStill ? 0 : maxNodes, budget }
  return lesserPlan(realise(cluster, lister, program, counts, limits), best)
}
