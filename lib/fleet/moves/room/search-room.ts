import type { Budget } from '../../program/linear-program.js'
import type { Eviction, EvictionWay } from '../evictions.js'
import type { LayoutType, MoveCell, MoveView } from '../grouped-fleet.js'
import { type CostBounds, fitsIn } from './cost-bounds.js'

/** A GPU that something is placed on. */
export interface Touched {
  readonly cell: MoveCell
  readonly classAfter: number
  readonly eviction: Eviction | null
  readonly way: EvictionWay | null
  /** Number of the partition that was placed on it so far. */
  partition: number
  readonly incoming: { readonly kind: number; readonly position: number }[]
}

export interface Search {
  readonly found: readonly Touched[] | null
  /** The least that a deeper search has to allow. */
  readonly next: number
  readonly stopped: boolean
}

/**
 * Depth first, hardest first, to everything that costs no more than `threshold`. GPUs count by class, and
 * what was in vain once, with the same GPUs touched, is not tried again.
 */
export function searchAt(
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
