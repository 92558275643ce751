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

/** An instance and where it goes. Without `from`, it is the instance of the request. */
export interface NamedMove {
  readonly kind: number
  readonly instance: MoveInstance | null
  readonly from: PlaceOnGpu | null
  readonly to: PlaceOnGpu
}

/** Free places by kind. A place that is taken leaves the list. */
type FreePlaces = ReadonlyMap<number, PlaceOnGpu[]>

/**
 * Decides which instance goes to which place. Instances of one kind may take each other's places. As many
 * as possible go to another GPU, because such a move needs no stop. The request takes its place first.
 */
export function nameMoves(changes: readonly GpuChange[], wanted: number): readonly NamedMove[] {
  const ordered = [...changes].sort((a, b) => a.gpu.position - b.gpu.position)
  const free = arrangeIncoming(ordered)
  const request = wanted < 0 ? [] : [placeRequest(free.get(wanted) ?? [], wanted, ordered)]
  return [...request, ...placeInstances(free, listGoing(ordered, free))]
}

/** Places for what comes to each GPU, in the order of the fleet. */
function arrangeIncoming(ordered: readonly GpuChange[]): FreePlaces {
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
  return free
}

/** Takes a place on a GPU that something leaves, so that instances get the other places without a stop. */
function placeRequest(
  places: PlaceOnGpu[],
  wanted: number,
  changes: readonly GpuChange[],
): NamedMove {
  const isCleared = ({ gpu }: PlaceOnGpu): boolean =>
    changes.some((change) => change.gpu === gpu && change.evicted.length > 0)
  const [to] = places.splice(Math.max(places.findIndex(isCleared), 0), 1)
  if (to === undefined) throw new Error('the request has a place')
  return { kind: wanted, instance: null, from: null, to }
}

interface Going {
  readonly instance: MoveInstance
  readonly from: PlaceOnGpu
}

/** What leaves its place. An instance whose own place is free again stays there. */
function listGoing(ordered: readonly GpuChange[], free: FreePlaces): readonly Going[] {
  return ordered.flatMap(({ gpu, accessGroup, evicted, incoming }) =>
    evicted
      .map((instance) => ({ instance, from: { gpu, accessGroup, place: instance.place } }))
      .filter(
        ({ instance, from }) =>
          incoming.length === 0 || !staysThere(free.get(instance.kind) ?? [], from),
      ),
  )
}

function staysThere(places: PlaceOnGpu[], from: PlaceOnGpu): boolean {
  const own = places.findIndex(({ gpu, place }) => gpu === from.gpu && place === from.place)
  if (own >= 0) places.splice(own, 1)
  return own >= 0
}

function placeInstances(free: FreePlaces, going: readonly Going[]): readonly NamedMove[] {
  const moves: NamedMove[] = []
  const waiting: Going[] = []
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
    if (to === undefined) throw new Error('as many places as instances that go')
    moves.push({ kind: instance.kind, instance, from, to })
  }
  return moves
}
