import type { Eviction } from '../evictions.js'
import { type CostBounds, fitsIn } from './cost-bounds.js'
import type { Touched } from './touched-gpus.js'

/** The least cost of the rest of a search, while its path changes the capacity that is left. */
export interface RemainingCost {
  readonly least: (pending: readonly number[], touched: readonly Touched[]) => number
  /** `by`: 1 where one of the kind is placed, -1 where that is taken back. */
  readonly place: (kind: number, by: 1 | -1) => void
  readonly evict: (eviction: Eviction, by: 1 | -1) => void
}

/** Without bounds, the rest may cost nothing. */
export const unknownCost: RemainingCost = {
  least: () => 0,
  place: () => undefined,
  evict: () => undefined,
}

export function createRemainingCost(bounds: CostBounds): RemainingCost {
  const capacity = Float64Array.from(bounds.capacity)
  const lacking = new Float64Array(capacity.length)

  const change = (by: Float64Array | undefined, sign: number): void => {
    if (by === undefined) return
    for (let index = 0; index < by.length; index += 1) {
      capacity[index] = (capacity[index] as number) + sign * (by[index] as number)
    }
  }
  /** The bound of the one kind that costs the most to place. */
  const leastByDistance = (pending: readonly number[], touched: readonly Touched[]): number => {
    let most = 0
    for (const kind of pending) {
      const ahead = bounds.distance[kind] ?? 0
      if (ahead <= most) continue
      const fits = touched.some(
        (each) => fitsIn(each.classGroup, each.classAfter, each.partition, kind) >= 0,
      )
      if (!fits) most = ahead
    }
    return most
  }
  /** The bound of the capacity that all of them together lack, at each price. */
  const leastByPrices = (pending: readonly number[]): number => {
    let most = 0
    for (let index = 0; index < lacking.length; index += 1) {
      lacking[index] = -(capacity[index] as number)
    }
    for (const kind of pending) {
      const prices = bounds.ofKind[kind]
      if (prices === undefined) continue
      for (let index = 0; index < lacking.length; index += 1) {
        lacking[index] = (lacking[index] as number) + (prices[index] as number)
      }
    }
    for (let index = 0; index < lacking.length; index += 1) {
      const amount = lacking[index] as number
      if (amount <= 0) continue
      const per = bounds.perCost[index] ?? 0
      most = Math.max(most, per === 0 ? Number.POSITIVE_INFINITY : Math.ceil(amount / per - 1e-9))
    }
    return most
  }

  return {
    least: (pending, touched) =>
      Math.max(leastByDistance(pending, touched), leastByPrices(pending)),
    place: (kind, by) => change(bounds.ofKind[kind], -by),
    evict: (eviction, by) => change(bounds.made.get(eviction), by),
  }
}
