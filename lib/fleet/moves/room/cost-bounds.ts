import { mayReplace } from '../../model/serving-profiles.js'
import { classWith, type Eviction } from '../evictions.js'
import type { ClassGroup, GroupedFleet } from '../grouped-fleet.js'
import type { MoveInstance } from '../move-gpu.js'
import type { CapacityPrices } from './capacity-prices.js'

/** The least cost of a move above this one; infinite: there is none. */
export function leastCost({ layoutGroups }: GroupedFleet, above: number): number {
  let least = Number.POSITIVE_INFINITY
  for (const { instances } of layoutGroups) {
    for (const { cost } of instances) if (cost > above && cost < least) least = cost
  }
  return least
}

/** By price: what the whole fleet could take beyond what it holds. */
export function spareCapacity(
  fleet: GroupedFleet,
  prices: readonly CapacityPrices[],
): Float64Array {
  const capacity = new Float64Array(prices.length)
  for (const { classGroup, instances, members } of fleet.layoutGroups) {
    const bare = instances.filter(({ cost }) => cost < 0)
    const bareClass = classWith(classGroup, bare)
    for (const [index, price] of prices.entries()) {
      let worth = 0
      for (const instance of instances)
        if (instance.cost >= 0) worth += priceOfInstance(fleet, classGroup, instance, price)
      const most = price.capacityOf[classGroup.accessGroup.number]?.[bareClass] ?? 0
      capacity[index] = (capacity[index] as number) + members.length * (most - worth)
    }
  }
  return capacity
}

/**
 * The least capacity that an instance takes, wherever it is in the end. It may stay on a GPU that its
 * request would no longer enter, or with a profile that would no longer serve it.
 */
function priceOfInstance(
  { kinds }: GroupedFleet,
  { accessGroup: { model } }: ClassGroup,
  { kind, place }: MoveInstance,
  price: CapacityPrices,
): number {
  if (model !== price.model) return 0
  const { profiles } = model.tables
  const own = place.profilePosition
  const coming = price.ofKind[kind] ?? 0
  const staying = price.ofPosition[own] ?? 0
  if (coming <= staying) return coming
  // A smaller profile would serve as well, so it takes no more than that one.
  const isServed = (kinds[kind]?.options[model.number] ?? []).some((position) =>
    mayReplace(model.tables, profiles[position], profiles[own]),
  )
  return isServed ? coming : staying
}

/** Bounds that are known before a search, so that it can leave out paths without hope. */
export interface CostBounds {
  readonly prices: readonly CapacityPrices[]
  /** By kind: the least cost of placing one, alone. */
  readonly distance: readonly number[]
  /** By price: the most capacity that a unit of cost can make. */
  readonly perCost: readonly number[]
  /** By price: the capacity without moves. */
  readonly capacity: readonly number[]
  /** By kind, then price. */
  readonly ofKind: readonly Float64Array[]
  /** By price: how much capacity an eviction adds to its GPU. */
  readonly made: ReadonlyMap<Eviction, Float64Array>
}

/** Position of a profile of this kind that fits beside a partition; -1: none does. */
export function fitsIn(
  { accessGroup }: ClassGroup,
  classNumber: number,
  partition: number,
  kind: number,
): number {
  const { residuals, model } = accessGroup
  for (const position of accessGroup.positionsOf.get(kind) ?? []) {
    const more =
      residuals.partitions.withOneMore[partition * model.tables.profiles.length + position] ?? -1
    if (more >= 0 && residuals.holds(classNumber, more)) return position
  }
  return -1
}

export function boundCosts(
  fleet: GroupedFleet,
  all: readonly Eviction[],
  prices: readonly CapacityPrices[],
): CostBounds {
  const distance = fleet.kinds.map(({ number }) =>
    fleet.classGroups.some(
      (classGroup) => fitsIn(classGroup, classGroup.classNumber, 0, number) >= 0,
    )
      ? 0
      : Number.POSITIVE_INFINITY,
  )
  // An instance that leaves may come back beside the one it made room for, so its own way is not added.
  for (const { classGroup, classAfter, cost } of all) {
    for (const { number: kind } of fleet.kinds) {
      if ((distance[kind] ?? 0) <= cost) continue
      if (fitsIn(classGroup, classAfter, 0, kind) >= 0) distance[kind] = cost
    }
  }
  const perCost = prices.map(({ ofKind, capacityOf }) => {
    let most = 0
    for (const { classGroup, classAfter, kinds, cost } of all) {
      let gain =
        (capacityOf[classGroup.accessGroup.number]?.[classAfter] ?? 0) -
        (capacityOf[classGroup.accessGroup.number]?.[classGroup.classNumber] ?? 0)
      for (const kind of kinds) gain -= ofKind[kind] ?? 0
      if (gain > 0) most = Math.max(most, cost === 0 ? Number.POSITIVE_INFINITY : gain / cost)
    }
    return most
  })
  const capacity = prices.map(({ capacityOf }) => {
    let sum = 0
    for (const { accessGroup, classNumber, layoutGroups } of fleet.classGroups) {
      const each = capacityOf[accessGroup.number]?.[classNumber] ?? 0
      for (const { members } of layoutGroups) sum += members.length * each
    }
    return sum
  })
  const ofKind = fleet.kinds.map(({ number }) =>
    Float64Array.from(prices, (price) => price.ofKind[number] ?? 0),
  )
  const made = new Map(
    all.map((eviction) => {
      const { classGroup, classAfter } = eviction
      const gains = Float64Array.from(prices, ({ capacityOf }) => {
        const ofSite = capacityOf[classGroup.accessGroup.number] ?? []
        return (ofSite[classAfter] ?? 0) - (ofSite[classGroup.classNumber] ?? 0)
      })
      return [eviction, gains]
    }),
  )
  return { prices, distance, perCost, capacity, ofKind, made }
}
