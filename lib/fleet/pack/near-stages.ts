import { numberAt, sum } from '../../model/numbers.js'
import { type GroupedProblem, isIdleGroup } from '../model/grouped-problem.js'
import { compareObjectives, type Figure, figures } from '../model/objective.js'
import { partOf, type WorkBudget } from '../program/budget.js'
import { mayApproach } from '../program/first-order.js'
import type { Budget } from '../program/linear-program.js'
import { type DemandPrices, leastProven } from '../program/price-bound.js'
import { type ClassProgram, openedRow, unplacedRow } from './class-program.js'
import type { ClassAnswer } from './class-stages.js'
import { isOpened } from './close-gpus.js'
import { createChainSearch } from './find-chain.js'
import { createLoads } from './gpu-loads.js'
import { type Exchange, leaveOutLess, placeByChains } from './improve-loads.js'
import { listLeftOut } from './left-out.js'
import { findNearBound, toRows } from './near-bound.js'
import { wholeNearPrices } from './near-prices.js'
import { openFewer } from './open-fewer.js'
import { packClasses, sumUp } from './packed-classes.js'
import { startLoads } from './start-loads.js'
import { toClasses } from './to-classes.js'

const everyGpu = (): boolean => true

const nothing: Budget = { spend: () => false }

/** The part of the work that is left which a bound may take. */
const boundShare = 0.4

/**
 * Minimises one figure after the other where the program is too large for a simplex. A first-order method gives
 * the bound. The packing is made GPU by GPU and improved by exchanges, from the start and from the fractions of
 * the linear program.
 */
export function solveNear(
  fleet: GroupedProblem,
  program: ClassProgram,
  budget: WorkBudget,
): ClassAnswer {
  const loads = createLoads(fleet, program)
  const exchange: Exchange = {
    loads,
    chains: createChainSearch(loads, budget.spend),
    leftOut: listLeftOut(loads),
    spend: budget.spend,
  }
  const { leftOut } = exchange
  const update = (): void => {
    for (const demand of program.demands.keys()) leftOut.update(demand)
  }
  const isOver = (): boolean => !budget.spend(0)
  startLoads(loads, listFlows(program, null), budget.isLate)
  update()
  placeByChains(exchange, everyGpu)

  const rows = toRows(fleet, program)
  const columnCount =
    sum(program.largest.map(({ patterns }) => patterns.length)) +
    sum(program.profilesOf.map(({ length }) => length))
  const proven = { unplacedValue: 0, gpus: fleet.inUse, cost: 0 }
  const prices: Record<Figure, DemandPrices | null> = {
    unplacedValue: null,
    gpus: null,
    cost: null,
  }
  const objective = (): ClassAnswer['packed'] => {
    const { uses, assignment } = toClasses(loads)
    return { uses, assignment, objective: sumUp(fleet, program, uses, assignment) }
  }
  const reachedOf = (figure: Figure): number => {
    if (figure === 'cost') return objective().objective.cost
    if (figure === 'gpus') return fleet.inUse + loads.gpus.filter(isOpened).length
    return leftOut.value()
  }
  /** What is idle is taken first. */
  const packed = (): ClassAnswer['packed'] => {
    const own = objective()
    if (!fleet.groups.some(isIdleGroup)) return own
    const idle = program.patterns.filter(({ group }) => isIdleGroup(group))
    const others = own.uses.filter(({ column }) => !isIdleGroup(column.group))
    const patterns = [...idle, ...others.map(({ column }) => column)]
    const counts = Float64Array.from([...idle.map(() => 0), ...others.map(({ count }) => count)])
    const { demands, poolProfiles, profilesOf } = program
    const idleFirst = { demands, poolProfiles, profilesOf, patterns }
    const again = packClasses(fleet, idleFirst, counts)
    return compareObjectives(again.objective, own.objective) <= 0 ? again : own
  }
  // Once the best value of a figure is unknown, slices alone bound the later ones.
  let isKnown = true
  for (const figure of figures) {
    if (figure === 'cost' && (fleet.goal === 'gpus' || !isKnown)) break
    const before = figure === 'gpus' ? fleet.inUse : 0
    const reached = reachedOf(figure)
    let values: Float64Array | null = null
    if (reached > proven[figure]) {
      const mayStart = isKnown && mayApproach(columnCount, budget.leftMs())
      if (isKnown && !mayStart) budget.noteHurry()
      const part = mayStart ? partOf(budget, boundShare) : nothing
      const found = findNearBound(fleet, program, rows, { figure, reached: reached - before }, part)
      values = found.values
      const whole =
        found.prices === null ? null : wholeNearPrices(fleet, program, found.prices, figure)
      const least = whole === null ? 0 : leastProven(fleet, whole, figure, proven)
      if (least > proven[figure]) {
        proven[figure] = least
        prices[figure] = whole
      }
    }
    if (reached > proven[figure] && figure !== 'cost' && isKnown && !isOver()) {
      const saved = loads.save()
      const leftBefore = leftOut.value()
      loads.restore(saved.map(() => []))
      startLoads(loads, listFlows(program, values), isOver)
      update()
      placeByChains(exchange, everyGpu)
      if (figure === 'gpus') leaveOutLess(exchange, everyGpu, leftBefore)
      if (leftOut.value() > leftBefore || (figure === 'gpus' && reachedOf(figure) > reached)) {
        loads.restore(saved)
        update()
      }
      if (figure === 'unplacedValue') leaveOutLess(exchange, everyGpu, proven.unplacedValue)
      else openFewer(exchange, everyGpu, proven.gpus - fleet.inUse)
    }
    if (reachedOf(figure) > proven[figure]) isKnown = false
    if (figure === 'unplacedValue') rows.rowUpper[unplacedRow] = proven.unplacedValue
    if (figure === 'gpus') rows.rowUpper[openedRow] = proven.gpus - fleet.inUse
  }
  return {
    packed: packed(),
    bound: { lowerBound: proven, prices },
    lowerBound: proven,
    askedHighs: false,
  }
}

/** In which order requests should get which profiles: as in a solution of the program, or the smallest first. */
function listFlows(
  program: ClassProgram,
  values: Float64Array | null,
): readonly { readonly demand: number; readonly option: number; readonly most: number }[] {
  const { demands, profilesOf, poolProfiles } = program
  let column = values === null ? 0 : program.patterns.length
  const flows: { demand: number; option: number; most: number; rank: number; value: number }[] = []
  for (const [demand, { count, value }] of demands.entries()) {
    column += 1
    for (const [option, profile] of (profilesOf[demand] ?? []).entries()) {
      const flow = values === null ? 0 : numberAt(values, column)
      const rank = values === null ? (poolProfiles[profile]?.memoryMiB ?? 0) : -flow / count
      const most = values === null ? count : Math.max(1, Math.floor(flow + 1e-3))
      flows.push({ demand, option, most, rank, value })
      column += 1
    }
  }
  return flows.sort((a, b) => (values === null ? b.value - a.value : 0) || a.rank - b.rank)
}
