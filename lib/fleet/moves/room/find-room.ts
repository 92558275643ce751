import { capped, type WorkBudget } from '../../program/budget.js'
import { collectEvictions } from '../evictions.js'
import type { GroupedFleet, LayoutGroup } from '../grouped-fleet.js'
import type { MoveInstance } from '../move-gpu.js'
import { listCapacityPrices } from './capacity-prices.js'
import { boundCosts, fitsIn, leastCost, spareCapacity } from './cost-bounds.js'
import { searchAt } from './search-room.js'
import type { Touched } from './touched-gpus.js'

/** A GPU that something is placed on, perhaps after an eviction. */
export interface TouchedGpu {
  readonly layoutGroup: LayoutGroup
  readonly evicted: readonly MoveInstance[]
  readonly incoming: readonly { readonly kind: number; readonly position: number }[]
}

export interface FoundRoom {
  /** Null: no plan was found. */
  readonly touched: readonly TouchedGpu[] | null
  readonly cost: number
  /** No plan costs less; infinite: there is none. */
  readonly lowerBound: number
  /** Whether the bound of the classes alone proves it. */
  readonly byBound: boolean
  readonly stopped: boolean
}

/**
 * The cheapest way to place the request. It searches depth first and raises the threshold by the least that
 * could help each time, so the first plan found is the cheapest. GPUs count by class, and an instance placed
 * on one only has to fit its class, so no place is chosen before the end.
 */
export function findRoom(
  fleet: GroupedFleet,
  mostMoves: number,
  budget: WorkBudget,
  exactWork: number,
): FoundRoom {
  const { classGroups, wanted } = fleet
  const direct = searchAt(fleet, [], null, { threshold: 0, mostMoves: 0, budget })
  if (direct.found !== null) return { ...named(direct.found), lowerBound: 0 }
  const { isTimeUp } = budget
  // Without a move there is no room.
  const cheapest = leastCost(fleet, -1)
  const atFirst = none(Number.isFinite(cheapest) ? cheapest : 0, false, true)
  if (isTimeUp()) return atFirst
  const prices = listCapacityPrices(fleet)
  const spare = spareCapacity(fleet, prices)
  if (spare.some((capacity, index) => capacity < (prices[index]?.ofKind[wanted] ?? 0))) {
    return none(Number.POSITIVE_INFINITY, true, false)
  }
  const few = findFewMoves(fleet, mostMoves, budget)
  if (few !== null) return few
  const all = collectEvictions(fleet, { mostCost: Number.POSITIVE_INFINITY, mostMoves, isTimeUp })
  if (isTimeUp()) return atFirst
  budget.spend(all.length)
  const bounds = boundCosts(fleet, all, prices)
  const least = bounds.distance[wanted] ?? 0
  if (!Number.isFinite(least)) {
    return none(Number.POSITIVE_INFINITY, mostMoves === Number.POSITIVE_INFINITY, false)
  }
  let threshold = Math.max(least, classGroups.length === 0 ? Number.POSITIVE_INFINITY : 0)
  const exact = capped(budget, exactWork)
  for (;;) {
    const limits = { threshold, mostMoves, budget: exact }
    const { found, next, stopped } = searchAt(fleet, all, bounds, limits)
    if (found !== null) return { ...named(found), lowerBound: threshold }
    if (stopped) break
    if (!Number.isFinite(next)) return none(next, false, false)
    threshold = next
  }
  return none(threshold, false, true)
}

/** Work for plans of two moves, before the bounds of all evictions are computed. */
const fewMovesWork = 2000

/** Most requests need one move, and then one of the cheapest. Most others need two. */
function findFewMoves(
  fleet: GroupedFleet,
  mostMoves: number,
  budget: WorkBudget,
): FoundRoom | null {
  const { isTimeUp } = budget
  const cheapest = leastCost(fleet, -1)
  if (cheapest === 0 || !Number.isFinite(cheapest) || mostMoves === 0) return null
  const single = collectEvictions(fleet, {
    mostCost: cheapest,
    mostMoves: 1,
    isTimeUp,
    isWanted: (classGroup, classAfter) => fitsIn(classGroup, classAfter, 0, fleet.wanted) >= 0,
  })
  if (isTimeUp()) return null
  const one = searchAt(fleet, single, null, { threshold: cheapest, mostMoves: 1, budget })
  if (one.found !== null) return { ...named(one.found), lowerBound: cheapest }
  if (one.stopped || mostMoves === 1) return null
  // No other plan costs less than this.
  const next = Math.min(2 * cheapest, leastCost(fleet, cheapest))
  const pairs = collectEvictions(fleet, { mostCost: next, mostMoves: 2, isTimeUp })
  if (isTimeUp()) return null
  budget.spend(pairs.length)
  const limits = { threshold: next, mostMoves: 2, budget: capped(budget, fewMovesWork) }
  const two = searchAt(fleet, pairs, null, limits)
  return two.found === null ? null : { ...named(two.found), lowerBound: next }
}

function none(lowerBound: number, byBound: boolean, stopped: boolean): FoundRoom {
  return { touched: null, cost: 0, lowerBound, byBound, stopped }
}

/** Chooses a layout group for each GPU that nothing leaves: the first of its class group that has one left. */
function named(
  found: readonly Touched[],
): Pick<FoundRoom, 'touched' | 'cost' | 'byBound' | 'stopped'> {
  const used = new Map<LayoutGroup, number>()
  const countUse = (layoutGroup: LayoutGroup): void => {
    used.set(layoutGroup, (used.get(layoutGroup) ?? 0) + 1)
  }
  for (const { source } of found) if (source !== null) countUse(source.layoutGroup)
  const touched = found.map(({ classGroup, source, incoming }): TouchedGpu => {
    if (source !== null) {
      return { layoutGroup: source.layoutGroup, evicted: source.instances, incoming }
    }
    const layoutGroup = classGroup.layoutGroups.find(
      (each) => (used.get(each) ?? 0) < each.members.length,
    )
    if (layoutGroup === undefined) throw new Error('a class group has as many GPUs as it counts')
    countUse(layoutGroup)
    return { layoutGroup, evicted: [], incoming }
  })
  const cost = touched.reduce(
    (sum, { evicted }) => sum + evicted.reduce((all, instance) => all + instance.cost, 0),
    0,
  )
  return { touched, cost, byBound: false, stopped: false }
}
