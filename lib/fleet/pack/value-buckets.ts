import { sum } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { compareObjectives } from '../model/objective.js'
import type { WorkBudget } from '../program/budget.js'
import type { WholeSolver } from '../program/highs.js'
import { createSimplex } from '../program/simplex.js'
import { readPrices } from './class-prices.js'
import { type ClassAnswer, solveStages } from './class-stages.js'
import { type BucketAnswer, expand, mergeBuckets } from './merge-buckets.js'
import {
  isSame,
  listClasses,
  listWindow,
  refine,
  split,
  type ValueClass,
  type WindowBucket,
} from './value-classes.js'

/** With fewer demands, or fewer of each class, a row for each is no problem. */
const fewestDemands = 200
const fewestEach = 8

/** HiGHS may take so many milliseconds for each figure. */
const mostSolverMs = 5000
/** With more requests whose place is open, HiGHS takes too long. */
const mostOpen = 200

/** The most rounds that narrow down the price, and that search for a better packing. */
const mostRounds = 12
const mostWindows = 3

/**
 * Packs many requests with values of their own. In a solution of the linear program, all requests of a class that
 * are worth more than their price are placed, and none that are worth less. So only values near the price need
 * rows of their own. Null: the problem is another one.
 */
export async function solveBuckets(
  fleet: GroupedProblem,
  budget: WorkBudget,
  loadSolver: () => Promise<WholeSolver | null>,
): Promise<BucketAnswer | null> {
  const classes = listClasses(fleet)
  const demandCount = sum(classes.map(({ length }) => length))
  if (demandCount < fewestDemands || demandCount < fewestEach * classes.length) return null
  let buckets = classes.flatMap((valueClass) =>
    split({ valueClass, from: 0, to: valueClass.length }),
  )
  for (let round = 0; round < mostRounds; round += 1) {
    const { merged, program } = mergeBuckets(fleet, buckets)
    const simplex = createSimplex(program.columns, program.right, program.startBasis)
    if (simplex.repair(program.costs.unplacedValue, budget) !== 'optimal') break
    const found = readPrices(merged, program, simplex, 'unplacedValue')
    if (found === null) break
    const next = classes.flatMap((valueClass) => refine(valueClass, buckets, found))
    if (next.length === buckets.length && next.every((each, index) => isSame(each, buckets[index])))
      break
    buckets = next
  }
  const { merged, program } = mergeBuckets(fleet, buckets)
  const answer = await solveStages(merged, program, budget, async () => null)
  const first = expand(fleet, buckets, program, answer)
  return solveWindows(fleet, classes, first, budget, async () => {
    const solver = await loadSolver()
    if (solver === null) return null
    return (whole, limitMs = mostSolverMs) => solver(whole, Math.min(limitMs, mostSolverMs))
  })
}

/** Looks for better packings, in which nearly all requests have their place by the gap to the bound. */
async function solveWindows(
  fleet: GroupedProblem,
  classes: readonly ValueClass[],
  first: BucketAnswer,
  budget: WorkBudget,
  loadSolver: () => Promise<WholeSolver | null>,
): Promise<BucketAnswer> {
  let best = first
  for (let round = 0; round < mostWindows; round += 1) {
    const { packed, bound, lowerBound } = best.answer
    const { unplacedValue: reached } = packed.objective
    const prices = bound.prices.unplacedValue
    const gap = reached - bound.lowerBound.unplacedValue
    if (prices === null || reached <= lowerBound.unplacedValue || !budget.spend(0)) return best
    const window = listWindow(classes, prices, gap)
    if (window.filter(({ side }) => side === 'open').length > mostOpen) return best
    const { merged, program } = mergeBuckets(fleet, window)
    const answer = await solveStages(merged, program, budget, loadSolver)
    const next = expand(fleet, window, program, answer)
    const isBetter = compareObjectives(next.answer.packed.objective, packed.objective) < 0
    const least = answer.askedHighs ? leastOfWindow(window, merged, answer) : 0
    best = withBound(isBetter ? next : best, best.answer, Math.min(least, reached))
    if (!isBetter) return best
  }
  return best
}

/** What every better packing leaves out, by the word of HiGHS on the window. */
function leastOfWindow(
  window: readonly WindowBucket[],
  { demands }: GroupedProblem,
  { lowerBound }: ClassAnswer,
): number {
  let least = lowerBound.unplacedValue
  for (const [number, { side, valueClass, from, to }] of window.entries()) {
    const { count = 0, value = 0 } = demands[number] ?? {}
    // The bucket counts with its mean, which is rounded.
    if (side === 'left')
      least +=
        sum(valueClass.slice(from, to).map((each) => each.count * each.value)) - count * value
  }
  return least
}

/** The answer with the better of both bounds. `least`: what HiGHS says of the value left out. */
function withBound(found: BucketAnswer, before: ClassAnswer, least: number): BucketAnswer {
  const { answer, served } = found
  const isTighter = compareObjectives(answer.bound.lowerBound, before.bound.lowerBound) >= 0
  const bound = isTighter ? answer.bound : before.bound
  const known = Math.max(before.lowerBound.unplacedValue, bound.lowerBound.unplacedValue)
  const unplacedValue = Math.min(Math.max(known, least), answer.packed.objective.unplacedValue)
  const askedHighs = before.askedHighs || least > bound.lowerBound.unplacedValue
  return {
    answer: { ...answer, bound, lowerBound: { ...bound.lowerBound, unplacedValue }, askedHighs },
    served,
  }
}
