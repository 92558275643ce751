import { mayReplace } from '../../model/fleet-request.js'
import { classWith, type Eviction } from '../evictions.js'
import type { MoveCell, MoveView } from '../grouped-fleet.js'
import type { MoveItem } from '../move-gpu.js'
import type { RoomPrice } from './capacity-prices.js'

/** What the cheapest move costs that costs more than `above`; infinite: there is none. */
export function leastCost({ types }: MoveView, above: number): number {
  let least = Number.POSITIVE_INFINITY
  for (const { items } of types) {
    for (const { cost } of items) if (cost > above && cost < least) least = cost
  }
  return least
}

/** By price: what the whole fleet could take beyond what is there. */
export function spareRoom(view: MoveView, prices: readonly RoomPrice[]): Float64Array {
  const room = new Float64Array(prices.length)
  for (const { cell, items, members } of view.types) {
    const bare = items.filter(({ cost }) => cost < 0)
    const bareClass = classWith(cell, bare)
    for (const [index, price] of prices.entries()) {
      let worth = 0
      for (const item of items) if (item.cost >= 0) worth += priceOfItem(view, cell, item, price)
      const most = price.roomOf[cell.site.number]?.[bareClass] ?? 0
      room[index] = (room[index] as number) + members.length * (most - worth)
    }
  }
  return room
}

/**
 * The least that an instance takes, wherever it goes or if it stays: it may be where its request would not
 * let it in, or as a profile that would not serve it.
 */
function priceOfItem(
  { kinds }: MoveView,
  { site: { model } }: MoveCell,
  { kind, place }: MoveItem,
  price: RoomPrice,
): number {
  if (model !== price.model) return 0
  const { profiles } = model.tables
  const own = place.profilePosition
  const coming = price.ofKind[kind] ?? 0
  const staying = price.ofPosition[own] ?? 0
  if (coming <= staying) return coming
  // A smaller one would do in its stead, so it takes as much as that.
  const isServed = (kinds[kind]?.options[model.number] ?? []).some((position) =>
    mayReplace(model.tables, profiles[position], profiles[own]),
  )
  return isServed ? coming : staying
}

/** What is known before any search: it cuts off what cannot lead anywhere. */
export interface CostBounds {
  readonly prices: readonly RoomPrice[]
  /** What it costs at least to place one of a kind, alone. */
  readonly distance: readonly number[]
  /** By price: the most room that a unit of cost can make. */
  readonly perCost: readonly number[]
  /** By price: room without moves. */
  readonly room: readonly number[]
  /** By kind, then price. */
  readonly ofKind: readonly Float64Array[]
  /** What an eviction makes of the room of its GPU, by price. */
  readonly made: ReadonlyMap<Eviction, Float64Array>
}

/** Position of the profile that fits beside a partition; -1: none does. */
export function fitsIn(
  { site }: MoveCell,
  classNumber: number,
  partition: number,
  kind: number,
): number {
  const { residuals, model } = site
  for (const position of site.positionsOf[kind] ?? []) {
    const more =
      residuals.partitions.withOneMore[partition * model.tables.profiles.length + position] ?? -1
    if (more >= 0 && residuals.holds(classNumber, more)) return position
  }
  return -1
}

export function boundCosts(
  view: MoveView,
  all: readonly Eviction[],
  prices: readonly RoomPrice[],
): CostBounds {
  const distance = view.kinds.map(({ number }) =>
    view.cells.some((cell) => fitsIn(cell, cell.classNumber, 0, number) >= 0)
      ? 0
      : Number.POSITIVE_INFINITY,
  )
  // What goes may come back beside what it made room for, so its own way is not added.
  for (const { cell, classAfter, cost } of all) {
    for (const { number: kind } of view.kinds) {
      if ((distance[kind] ?? 0) <= cost) continue
      if (fitsIn(cell, classAfter, 0, kind) >= 0) distance[kind] = cost
    }
  }
  const perCost = prices.map(({ ofKind, roomOf }) => {
    let most = 0
    for (const { cell, classAfter, kinds, cost } of all) {
      let gain =
        (roomOf[cell.site.number]?.[classAfter] ?? 0) -
        (roomOf[cell.site.number]?.[cell.classNumber] ?? 0)
      for (const kind of kinds) gain -= ofKind[kind] ?? 0
      if (gain > 0) most = Math.max(most, cost === 0 ? Number.POSITIVE_INFINITY : gain / cost)
    }
    return most
  })
  const room = prices.map(({ roomOf }) => {
    let sum = 0
    for (const { site, classNumber, types } of view.cells) {
      const each = roomOf[site.number]?.[classNumber] ?? 0
      for (const { members } of types) sum += members.length * each
    }
    return sum
  })
  const ofKind = view.kinds.map(({ number }) =>
    Float64Array.from(prices, (price) => price.ofKind[number] ?? 0),
  )
  const made = new Map(
    all.map((eviction) => {
      const { cell, classAfter } = eviction
      const gains = Float64Array.from(prices, ({ roomOf }) => {
        const ofSite = roomOf[cell.site.number] ?? []
        return (ofSite[classAfter] ?? 0) - (ofSite[cell.classNumber] ?? 0)
      })
      return [eviction, gains]
    }),
  )
  return { prices, distance, perCost, room, ofKind, made }
}
