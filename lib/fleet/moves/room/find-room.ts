import { capped } from '../../program/capped-budget.js'
import type { Budget } from '../../program/linear-program.js'
import { collectEvictions } from '../evictions.js'
import type { LayoutType, MoveView } from '../grouped-fleet.js'
import type { MoveItem } from '../move-gpu.js'
import { listRoomPrices } from './capacity-prices.js'
import { boundCosts, fitsIn, leastCost, spareRoom } from './cost-bounds.js'
import { searchAt, type Touched } from './search-room.js'

/** A GPU that something is placed on, perhaps after something has been cleared from it. */
export interface TouchedGpu {
  readonly type: LayoutType
  readonly evicted: readonly MoveItem[]
  /** What comes. */
  readonly incoming: readonly { readonly kind: number; readonly position: number }[]
}

export interface FoundRoom {
  /** Null: none was found. */
  readonly touched: readonly TouchedGpu[] | null
  readonly cost: number
  /** What room costs at least; infinite: there is none. */
  readonly lowerBound: number
  /** Whether the bound of the classes alone says so. */
  readonly byBound: boolean
  readonly stopped: boolean
}

/**
 * The cheapest way to place one thing more: depth first, deeper by the least that could help each time,
 * so the first way found is the best. GPUs count by class, what is placed on one as a partition that its
 * class holds or not, so no place is chosen before the end.
 */
export function findRoom(
  view: MoveView,
  mostMoves: number,
  limit: Budget,
  exactWork: number,
): FoundRoom {
  const { cells, wanted } = view
  const direct = searchAt(view, 0, 0, [], null, limit)
  if (direct.found !== null) return { ...named(direct.found), lowerBound: 0 }
  const prices = listRoomPrices(view)
  const spare = spareRoom(view, prices)
  if (spare.some((room, index) => room < (prices[index]?.ofKind[wanted] ?? 0))) {
    return none(Number.POSITIVE_INFINITY, true, false)
  }
  const few = findFewMoves(view, mostMoves, limit)
  if (few !== null) return few
  const all = collectEvictions(view, Number.POSITIVE_INFINITY, mostMoves)
  limit.spend(all.length)
  const bounds = boundCosts(view, all, prices)
  const least = bounds.distance[wanted] ?? 0
  if (!Number.isFinite(least)) {
    return none(Number.POSITIVE_INFINITY, mostMoves === Number.POSITIVE_INFINITY, false)
  }
  let threshold = Math.max(least, cells.length === 0 ? Number.POSITIVE_INFINITY : 0)
  const exact = capped(limit, exactWork)
  for (;;) {
    const { found, next, stopped } = searchAt(view, threshold, mostMoves, all, bounds, exact)
    if (found !== null) return { ...named(found), lowerBound: threshold }
    if (stopped) break
    if (!Number.isFinite(next)) return none(next, false, false)
    threshold = next
  }
  return none(threshold, false, true)
}

/** What goes into looking for two moves, before all that there is to know is worked out. */
const fewMovesWork = 2000

/** Most requests need one move, and of those the cheapest; most of the others need two. */
function findFewMoves(view: MoveView, mostMoves: number, limit: Budget): FoundRoom | null {
  const cheapest = leastCost(view, -1)
  if (cheapest === 0 || !Number.isFinite(cheapest) || mostMoves === 0) return null
  const single = collectEvictions(
    view,
    cheapest,
    1,
    (cell, classAfter) => fitsIn(cell, classAfter, 0, view.wanted) >= 0,
  )
  const one = searchAt(view, cheapest, 1, single, null, limit)
  if (one.found !== null) return { ...named(one.found), lowerBound: cheapest }
  if (one.stopped || mostMoves === 1) return null
  // No other way costs less than this.
  const next = Math.min(2 * cheapest, leastCost(view, cheapest))
  const pairs = collectEvictions(view, next, 2)
  limit.spend(pairs.length)
  const two = searchAt(view, next, 2, pairs, null, capped(limit, fewMovesWork))
  return two.found === null ? null : { ...named(two.found), lowerBound: next }
}

function none(lowerBound: number, byBound: boolean, stopped: boolean): FoundRoom {
  return { touched: null, cost: 0, lowerBound, byBound, stopped }
}

/** A type for each GPU that nothing goes from; of one cell, the first that is left. */
function named(
  found: readonly Touched[],
): Pick<FoundRoom, 'touched' | 'cost' | 'byBound' | 'stopped'> {
  const used = new Map<LayoutType, number>()
  for (const { way } of found) {
    if (way !== null) used.set(way.type, (used.get(way.type) ?? 0) + 1)
  }
  const touched = found.map(({ cell, eviction, way, incoming }): TouchedGpu => {
    if (eviction !== null && way !== null) {
      return { type: way.type, evicted: way.items, incoming }
    }
    const type = cell.types.find((each) => (used.get(each) ?? 0) < each.members.length)
    if (type === undefined) throw new Error('a cell has as many GPUs as it counts')
    used.set(type, (used.get(type) ?? 0) + 1)
    return { type, evicted: [], incoming }
  })
  const cost = touched.reduce(
    (sum, { evicted }) => sum + evicted.reduce((all, item) => all + item.cost, 0),
    0,
  )
  return { touched, cost, byBound: false, stopped: false }
}
