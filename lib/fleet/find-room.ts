import { capped } from './capped-budget.js'
import { collectEvictions, type Eviction, type EvictionWay } from './evictions.js'
import type { LayoutType, MoveCell, MoveItem, MoveView } from './move-view.js'
import { listRoomPrices, type RoomPrice } from './room-prices.js'
import type { Budget } from './simplex.js'

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

interface Touched {
  readonly cell: MoveCell
  readonly classAfter: number
  readonly eviction: Eviction | null
  readonly way: EvictionWay | null
  /** Number of the partition that was placed on it so far. */
  partition: number
  readonly incoming: { readonly kind: number; readonly position: number }[]
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
  const spare = prices.map((price) => spareRoom(view, price))
  if (spare.some((room, index) => room < (prices[index]?.ofKind[wanted] ?? 0))) {
    return none(Number.POSITIVE_INFINITY, true, false)
  }
  // Most requests need one move, and of those the cheapest.
  const cheapest = leastCost(view)
  if (cheapest > 0 && mostMoves > 0) {
    const single = collectEvictions(view, cheapest, 1)
    const { found } = searchAt(view, cheapest, 1, single, null, limit)
    if (found !== null) return { ...named(found), lowerBound: cheapest }
  }
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

function leastCost({ types }: MoveView): number {
  let least = Number.POSITIVE_INFINITY
  for (const { items } of types) {
    for (const { cost } of items) if (cost >= 0 && cost < least) least = cost
  }
  return least
}

function none(lowerBound: number, byBound: boolean, stopped: boolean): FoundRoom {
  return { touched: null, cost: 0, lowerBound, byBound, stopped }
}

/** What the whole fleet could take beyond what is there, at these prices. */
function spareRoom(view: MoveView, { ofKind, roomOf }: RoomPrice): number {
  let room = 0
  for (const { cell, items, members } of view.types) {
    const going = items.filter(({ cost }) => cost >= 0)
    const bare = items.filter(({ cost }) => cost < 0)
    let worth = 0
    for (const { kind } of going) worth += ofKind[kind] ?? 0
    const most = roomOf[cell.site.number]?.[bareClass(cell, bare)] ?? 0
    room += members.length * (most - worth)
  }
  return room
}

function bareClass(cell: MoveCell, items: readonly MoveItem[]): number {
  let state = 0
  for (const { place } of items) {
    state = cell.site.model.tables.states.nextOf(state)[place.number] ?? 0
  }
  return cell.site.residuals.classOf[state] ?? 0
}

interface CostBounds {
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

function fitsIn({ site }: MoveCell, classNumber: number, partition: number, kind: number): number {
  const { residuals, model } = site
  for (const position of site.positionsOf[kind] ?? []) {
    const more =
      residuals.partitions.withOneMore[partition * model.tables.profiles.length + position] ?? -1
    if (more >= 0 && residuals.holds(classNumber, more)) return position
  }
  return -1
}

function boundCosts(
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

interface Search {
  readonly found: readonly Touched[] | null
  /** The least that a deeper search has to allow. */
  readonly next: number
  readonly stopped: boolean
}

function searchAt(
  view: MoveView,
  threshold: number,
  mostMoves: number,
  all: readonly Eviction[],
  bounds: CostBounds | null,
  limit: Budget,
): Search {
  const { cells, wanted, kinds } = view
  const supply = cells.map(({ types }) =>
    types.reduce((sum, { members }) => sum + members.length, 0),
  )
  const used = new Map<LayoutType, number>()
  const touched: Touched[] = []
  const failed = new Set<string>()
  const room = Float64Array.from(bounds?.room ?? [])
  const lacking = new Float64Array(room.length)
  let next = Number.POSITIVE_INFINITY
  let stopped = false
  // The hardest first: what the fewest cells take.
  const hosts = kinds.map(
    ({ number }) => cells.filter((cell) => fitsIn(cell, cell.classNumber, 0, number) >= 0).length,
  )
  const tightest = [...cells].sort(
    (a, b) => sizeOf(a) - sizeOf(b) || b.classNumber - a.classNumber || a.number - b.number,
  )

  const boundOf = (pending: readonly number[]): number => {
    if (bounds === null) return 0
    let most = 0
    for (const kind of pending) {
      const ahead = bounds.distance[kind] ?? 0
      if (ahead <= most) continue
      if (touched.some((each) => fitsIn(each.cell, each.classAfter, each.partition, kind) >= 0)) {
        continue
      }
      most = ahead
    }
    for (let index = 0; index < room.length; index += 1) lacking[index] = -(room[index] as number)
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

  const changeRoom = (by: Float64Array | undefined, sign: number): void => {
    if (by === undefined) return
    for (let index = 0; index < by.length; index += 1) {
      room[index] = (room[index] as number) + sign * (by[index] as number)
    }
  }

  const keyOf = (pending: readonly number[], moves: number): string =>
    `${pending.join()}|${mostMoves === Number.POSITIVE_INFINITY ? '' : moves}|${touched
      .map(({ cell, classAfter, partition, eviction, way }) =>
        eviction === null
          ? `${cell.number}.${partition}`
          : `${cell.number}.${classAfter}.${partition}.${way?.type.number}.${eviction.cost}`,
      )
      .sort()
      .join(';')}`

  const search = (pending: readonly number[], cost: number, moves: number): boolean => {
    const kind = pending[0]
    if (kind === undefined) return true
    if (stopped || !limit.spend(1)) {
      stopped = true
      return false
    }
    const total = cost + boundOf(pending)
    if (total > threshold) {
      next = Math.min(next, total)
      return false
    }
    const key = touched.length < 2 ? null : keyOf(pending, moves)
    if (key !== null && failed.has(key)) return false
    if (expand(kind, pending.slice(1), cost, moves)) return true
    if (key !== null && !stopped) failed.add(key)
    return false
  }

  const place = (
    target: Touched,
    kind: number,
    rest: readonly number[],
    cost: number,
    moves: number,
  ): boolean => {
    const { residuals, model, positionsOf } = target.cell.site
    const width = model.tables.profiles.length
    for (const position of positionsOf[kind] ?? []) {
      const before = target.partition
      const more = residuals.partitions.withOneMore[before * width + position] ?? -1
      if (more < 0 || !residuals.holds(target.classAfter, more)) continue
      target.partition = more
      target.incoming.push({ kind, position })
      changeRoom(bounds?.ofKind[kind], -1)
      if (search(rest, cost, moves)) return true
      changeRoom(bounds?.ofKind[kind], 1)
      target.incoming.pop()
      target.partition = before
    }
    return false
  }

  const expand = (kind: number, rest: readonly number[], cost: number, moves: number): boolean => {
    for (const target of touched) if (place(target, kind, rest, cost, moves)) return true
    for (const cell of tightest) {
      if ((supply[cell.number] ?? 0) === 0) continue
      if (fitsIn(cell, cell.classNumber, 0, kind) < 0) continue
      const target: Touched = {
        cell,
        classAfter: cell.classNumber,
        eviction: null,
        way: null,
        partition: 0,
        incoming: [],
      }
      supply[cell.number] = (supply[cell.number] ?? 0) - 1
      touched.push(target)
      if (place(target, kind, rest, cost, moves)) return true
      touched.pop()
      supply[cell.number] = (supply[cell.number] ?? 0) + 1
      if (rest.length === 0) break
    }
    let spent = 0
    for (const eviction of all) {
      const after = cost + eviction.cost
      if (after > threshold) {
        if (moves + eviction.kinds.length <= mostMoves) next = Math.min(next, after)
        break
      }
      spent += 1
      const { cell, classAfter } = eviction
      if (moves + eviction.kinds.length > mostMoves || (supply[cell.number] ?? 0) === 0) continue
      if (fitsIn(cell, classAfter, 0, kind) < 0) continue
      const way = eviction.ways.find(({ type }) => (used.get(type) ?? 0) < type.members.length)
      if (way === undefined) continue
      supply[cell.number] = (supply[cell.number] ?? 0) - 1
      used.set(way.type, (used.get(way.type) ?? 0) + 1)
      const target: Touched = { cell, classAfter, eviction, way, partition: 0, incoming: [] }
      touched.push(target)
      changeRoom(bounds?.made.get(eviction), 1)
      const pending = [...rest, ...eviction.kinds].sort(
        (a, b) => (hosts[a] ?? 0) - (hosts[b] ?? 0) || a - b,
      )
      if (place(target, kind, pending, after, moves + eviction.kinds.length)) return true
      changeRoom(bounds?.made.get(eviction), -1)
      touched.pop()
      used.set(way.type, (used.get(way.type) ?? 0) - 1)
      supply[cell.number] = (supply[cell.number] ?? 0) + 1
      if (stopped) return false
    }
    if (!limit.spend(Math.ceil(spent / 16))) stopped = true
    return false
  }

  const found = search([wanted], 0, 0)
  return { found: found ? touched : null, next, stopped }
}

function sizeOf({ site, classNumber }: MoveCell): number {
  return site.residuals.classes[classNumber]?.partitions.length ?? 0
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
