import { cached } from '../../model/cached.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { AccessGroup } from './access-groups.js'
import { arrange } from './arrange.js'
import type { MoveGpu, MoveInstance } from './move-gpu.js'

/** What happens to one GPU. */
export interface GpuChange {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly evicted: readonly MoveInstance[]
  readonly incoming: readonly { readonly kind: number; readonly position: number }[]
}

export interface PlaceOnGpu {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly place: CompiledPlacement
}

/** An instance and where it goes; without `from` it is the request's. */
export interface NamedMove {
  readonly kind: number
  readonly instance: MoveInstance | null
  readonly from: PlaceOnGpu | null
  readonly to: PlaceOnGpu
}

/**
 * Who goes where. Things of one kind may go to each other's places: what can change GPUs does, as that
 * is done live; the places of the request are those on the first GPU that has one.
 */
export function nameMoves(changes: readonly GpuChange[], wanted: number): readonly NamedMove[] {
  const ordered = [...changes].sort((a, b) => a.gpu.position - b.gpu.position)
  const free = new Map<number, PlaceOnGpu[]>()
  for (const { gpu, accessGroup, evicted, incoming } of ordered) {
    const { tables } = accessGroup.model
    let state = 0
    for (const { place } of gpu.instances.filter((instance) => !evicted.includes(instance))) {
      state = tables.states.nextOf(state)[place.number] ?? -1
    }
    const positions = incoming.map(({ position }) => position)
    const taken = evicted.map(({ place }) => ({
      position: place.profilePosition,
      mask: place.mask,
    }))
    const places = arrange(tables, state, positions, taken)
    if (places === null) throw new Error('what a class holds has places')
    for (const [index, { kind }] of incoming.entries()) {
      const place = places[index]
      if (place === undefined) continue
      cached(free, kind, () => []).push({ gpu, accessGroup, place })
    }
  }
  const moves: NamedMove[] = []
  if (wanted >= 0) {
    const places = free.get(wanted) ?? []
    const mine = findLonely(places, ordered)
    const [to] = places.splice(mine, 1)
    if (to === undefined) throw new Error('the request has a place')
    moves.push({ kind: wanted, instance: null, from: null, to })
  }
  const exchanging = new Set(
    ordered
      .filter(({ evicted, incoming }) => evicted.length > 0 && incoming.length > 0)
      .map(({ gpu }) => gpu),
  )
  const going = ordered
    .flatMap(({ gpu, accessGroup, evicted }) =>
      evicted.map((instance) => ({ instance, from: { gpu, accessGroup, place: instance.place } })),
    )
    .filter(
      ({ instance, from }) =>
        !exchanging.has(from.gpu) || !staysThere(free.get(instance.kind) ?? [], from),
    )
  const waiting: typeof going = []
  for (const { instance, from } of going) {
    const places = free.get(instance.kind) ?? []
    const other = places.findIndex(({ gpu }) => gpu !== from.gpu)
    const [to] = other < 0 ? [] : places.splice(other, 1)
    if (to === undefined) waiting.push({ instance, from })
    else moves.push({ kind: instance.kind, instance, from, to })
  }
  for (const { instance, from } of waiting) {
    const places = free.get(instance.kind) ?? []
    const apart = places.findIndex(({ place }) => (place.mask & from.place.mask) === 0)
    const [to] = places.splice(Math.max(apart, 0), 1)
    if (to === undefined) throw new Error('as many places as things that go')
    moves.push({ kind: instance.kind, instance, from, to })
  }
  return moves
}

/** What costs nothing may be cleared for nothing. */
function staysThere(places: PlaceOnGpu[], from: PlaceOnGpu): boolean {
  const own = places.findIndex(({ gpu, place }) => gpu === from.gpu && place === from.place)
  if (own >= 0) places.splice(own, 1)
  return own >= 0
}

/** A place on a GPU that clears things of the same kind is better left to those: no one need stop. */
function findLonely(places: readonly PlaceOnGpu[], changes: readonly GpuChange[]): number {
  const isCleared = ({ gpu }: PlaceOnGpu): boolean =>
    changes.some((change) => change.gpu === gpu && change.evicted.length > 0)
  return Math.max(places.findIndex(isCleared), 0)
}
