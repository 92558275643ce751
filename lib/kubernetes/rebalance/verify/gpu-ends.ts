import { cached } from '../../../model/cached.js'
import { wordAt } from '../../../model/numbers.js'
import { type ClusterModel, type ModelGpu, wholeGpu } from '../cluster-model.js'
import { sizesOfProfiles } from '../profile-sizes.js'
import type { FinalRooms } from './final-rooms.js'
import type { ReadPrices } from './read-prices.js'

const mostMoved = 2
const resetCost = 1000n

/** What a GPU comes to at least, without a change of its layout and with or without one. */
export interface Ends {
  readonly still: bigint
  readonly changed: bigint
}

export interface Costs {
  readonly rooms: FinalRooms
  /** By demand: what the successor of a pod that leaves pays. A pod without a place for one does not leave. */
  readonly moveCosts: ReadonlyMap<number, bigint>
  readonly weightOf: (name: string) => bigint
  readonly isLean: boolean
}

/** Tries every set of instances that may go, and every set that may come. */
export function createEnds(
  { sizes, mix, demands }: ClusterModel,
  { groups }: ReadPrices,
  { rooms, moveCosts, weightOf, isLean }: Costs,
): (gpu: ModelGpu, group: number) => Ends {
  const known = new Map<string, Ends>()
  const [room, eviction, mode, destruction] = [
    weightOf('lostRoom'),
    weightOf('evictions'),
    weightOf('modeChanges'),
    weightOf('destroyed'),
  ] as [bigint, bigint, bigint, bigint]
  const whole = sizes.indexOf(wholeGpu)
  const wanted = sizes.map((_, size) => demands.some(({ devices }) => (devices[size] ?? 0) > 0))
  const dearests = new Map<string, (state: number) => bigint | null>()

  const find = (gpu: ModelGpu, group: number): Ends => {
    const { tables, items, isMigOn, isHeld, isFixed, given } = gpu
    const prices = groups[group] ?? []
    const mostRoom = room === 0n ? 0n : room * BigInt(rooms.most(gpu))
    const gain = (size: number): bigint =>
      size < 0 ? 0n : (prices[size] ?? 0n) + room * BigInt(mix[size] ?? 0)
    /** The most that can still be earned in a state: by new instances, and by the room that is left. */
    const dearest = cached(dearests, `${rooms.numberOf(gpu)} ${group}`, () => {
      const sizeOf = sizesOfProfiles(sizes, tables)
      const best = new Map<number, bigint>()
      const walk = (state: number): bigint =>
        cached(best, state, () => {
          const left = room === 0n ? 0n : room * BigInt(rooms.ofState(gpu, state))
          return greater(left, created(state, () => true) ?? left)
        })
      const created = (state: number, takes: (size: number) => boolean): bigint | null => {
        const next = tables.states.nextOf(state)
        let most: bigint | null = null
        for (const { number, profilePosition } of tables.places) {
          const after = wordAt(next, number)
          const size = sizeOf[profilePosition] ?? -1
          if (after < 0 || !takes(size)) continue
          most = greater(gain(size) + walk(after), most)
        }
        return most
      }
      return isLean ? (state: number) => created(state, (size) => wanted[size] === true) : walk
    })
    const stateOf = (gone: ReadonlySet<number>): number => {
      let state = 0
      for (const [item, { place }] of items.entries())
        if (!gone.has(item)) state = wordAt(tables.states.nextOf(state), place.number)
      return state
    }
    const modeCost = mode * (given.modeChange === 'reset' ? resetCost : 1n)
    const mayChangeMode = (given.modeChange ?? 'no') !== 'no'
    if (!isMigOn) {
      const still = mostRoom - (isHeld ? 0n : gain(whole))
      const most = isFixed || isHeld || !mayChangeMode ? null : dearest(0)
      const changed = most === null ? still : lesser(still, mostRoom + modeCost - most)
      return { still, changed }
    }
    let still: bigint | null = null
    let changed: bigint | null = null
    const offer = (value: bigint, changes: boolean): void => {
      if (!changes && (still === null || value < still)) still = value
      if (changed === null || value < changed) changed = value
    }
    const movable = [...items.keys()].filter((item) => moveCosts.has(Number(items[item]?.use)))
    for (const evicted of subsetsOf(isFixed ? [] : movable)) {
      if (evicted.length > mostMoved) continue
      const costs = evicted.reduce(
        (cost, item) => cost + eviction + (moveCosts.get(Number(items[item]?.use)) ?? 0n),
        mostRoom,
      )
      const free = [...items.keys()].filter(
        (item) => items[item]?.use === 'idle' || evicted.includes(item),
      )
      const worthOf = (gone: ReadonlySet<number>): bigint =>
        free.reduce(
          (worth, item) => worth + (gone.has(item) ? 0n : gain(items[item]?.size ?? -1)),
          0n,
        )
      const none = new Set<number>()
      const roomNow = room === 0n ? 0n : room * BigInt(rooms.ofState(gpu, stateOf(none)))
      offer(costs - worthOf(none) - roomNow, false)
      if (isFixed) continue
      for (const destroyed of subsetsOf(free)) {
        const gone = new Set(destroyed)
        const cost = costs + destruction * BigInt(destroyed.length)
        const most = dearest(stateOf(gone))
        if (most !== null) offer(cost - worthOf(gone) - most, true)
        if (mayChangeMode && destroyed.length === items.length)
          offer(cost + modeCost - gain(whole), true)
      }
    }
    return { still: still ?? 0n, changed: changed ?? 0n }
  }
  return (gpu, group) => cached(known, `${rooms.keyOf(gpu)} ${group}`, () => find(gpu, group))
}

function* subsetsOf(list: readonly number[]): Generator<readonly number[]> {
  for (let bits = 0; bits < 2 ** list.length; bits += 1)
    yield list.filter((_, index) => ((bits >>> index) & 1) === 1)
}

export function lesser(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function greater(one: bigint, other: bigint | null): bigint {
  return other === null || one > other ? one : other
}
