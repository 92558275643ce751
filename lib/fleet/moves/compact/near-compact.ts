import { sum } from '../../../model/numbers.js'
import { closeGpus, isOpened } from '../../pack/close-gpus.js'
import { createChainSearch } from '../../pack/find-chain.js'
import { type Exchange, leaveOutLess, placeByChains } from '../../pack/improve-loads.js'
import { listLeftOut } from '../../pack/left-out.js'
import { openFewer } from '../../pack/open-fewer.js'
import { partOf, type WorkBudget } from '../../program/budget.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import type { GpuChange } from '../name-moves.js'
import { bringHome } from './bring-home.js'
import type { CompactPrices } from './compact-bound.js'
import type { CompactProgram } from './compact-program.js'
import type { ProvenAim } from './compact-simplex.js'
import { loadInstances } from './instance-loads.js'
import { listLoadChanges } from './load-changes.js'
import { moveLess } from './move-less.js'
import { approachPrices } from './near-prices.js'

export interface NearCompaction extends ProvenAim {
  readonly changes: readonly GpuChange[]
  readonly reached: { readonly aim: number; readonly cost: number }
  readonly leastCost: number
  readonly costPrices: CompactPrices | null
}

/** With more rows, steps of a simplex take too long. Where many GPUs admit kinds of their own, its fractions round badly. */
const mostRows = 1000
const mostAccessGroups = 20
/** With more GPUs, exchanges GPU by GPU take too long. */
const mostGpus = 2000

/** Whether exchanges GPU by GPU take the place of a simplex. */
export function isLarge(
  { layoutGroups, accessGroups }: GroupedFleet,
  { rowLower }: CompactProgram,
): boolean {
  const isMany = rowLower.length > mostRows || accessGroups.length > mostAccessGroups
  return isMany && countGpus(layoutGroups) <= mostGpus
}

/** Whether GPUs of one model admit different kinds. Then exchanges GPU by GPU find more than rounding does. */
export function hasFilters({ accessGroups, layoutGroups }: GroupedFleet): boolean {
  const isDrain = accessGroups.some(({ isDrained }) => isDrained)
  const models = new Set(accessGroups.map(({ model }) => model))
  return !isDrain && models.size < accessGroups.length && countGpus(layoutGroups) <= mostGpus
}

function countGpus(layoutGroups: GroupedFleet['layoutGroups']): number {
  return sum(layoutGroups.map(({ members }) => members.length))
}

/** The part of the work that is left which the bound of the aim may take. */
const boundShare = 0.4

/**
 * Minimises the aim, and then the cost, where the program is too large for a simplex: as `solveNear` does for packings. GPUs are
 * emptied one after the other by exchanges, a first-order method gives the bounds.
 */
export function solveNearCompact(
  fleet: GroupedFleet,
  program: CompactProgram,
  closedForm: ProvenAim,
  budget: WorkBudget,
): NearCompaction {
  const inside = loadInstances(fleet)
  const { loads, instances, hosts } = inside
  const exchange: Exchange = {
    loads,
    chains: createChainSearch(loads, budget.spend),
    leftOut: listLeftOut(loads),
    spend: budget.spend,
  }
  const everyGpu = (): boolean => true
  const isDrain = fleet.accessGroups.some((accessGroup) => accessGroup.isDrained)
  // What no exchange changes: GPUs with pinned instances, or those that stay on drained GPUs.
  const fixed = isDrain
    ? countDrained(fleet) - instances.filter(({ home }) => home === null).length
    : hosts.filter(({ gpu }) => gpu.instances.some(({ cost }) => cost < 0)).length
  const reachedAim = (): number =>
    fixed + (isDrain ? exchange.leftOut.value() : loads.gpus.filter(isOpened).length)

  let { fewest, aimPrices } = closedForm
  if (isDrain) placeByChains(exchange, everyGpu)
  else closeGpus(exchange, everyGpu, fewest - fixed, { walks: false })
  if (reachedAim() > fewest) {
    const { bound, prices } = approachPrices(
      program,
      null,
      reachedAim(),
      partOf(budget, boundShare),
    )
    if (bound > fewest) {
      fewest = bound
      aimPrices = prices
    }
  }
  if (reachedAim() > fewest) {
    if (isDrain) leaveOutLess(exchange, everyGpu, fewest - fixed)
    else openFewer(exchange, everyGpu, fewest - fixed)
  }
  if (!isDrain) moveLess(inside, reachedAim() - fixed, budget.spend)
  bringHome(inside, exchange.chains, budget.spend)
  const changes = listLoadChanges(inside)
  const cost = changes.reduce(
    (sum, { evicted }) => sum + evicted.reduce((all, each) => all + each.cost, 0),
    0,
  )
  const reached = { aim: reachedAim(), cost }
  if (reached.aim > fewest) {
    return { changes, reached, fewest, aimPrices, leastCost: 0, costPrices: null }
  }
  const { bound: leastCost, prices: costPrices } = approachPrices(program, fewest, cost, budget)
  return { changes, reached, fewest, aimPrices, leastCost, costPrices }
}

function countDrained({ layoutGroups }: GroupedFleet): number {
  return layoutGroups.reduce(
    (sum, { classGroup, instances, members }) =>
      sum + (classGroup.accessGroup.isDrained ? instances.length * members.length : 0),
    0,
  )
}
