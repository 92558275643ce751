import type { CompiledPlacement } from '../../solver/tables/tables.js'
import { createWatch } from '../model/out-of-time.js'
import { arrangeAroundIdle } from '../pack/around-idle.js'
import type { AccessGroup } from './access-groups.js'
import { arrange } from './arrange.js'
import { createFreePlaces, type FreePlaces, type PlaceOnGpu } from './free-places.js'
import type { MoveGpu, MoveInstance } from './move-gpu.js'

/** What happens to one GPU. */
export interface GpuChange {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly evicted: readonly MoveInstance[]
  readonly incoming: readonly { readonly kind: number; readonly position: number }[]
  /** The idle instance of the GPU that what comes takes. Omitted: none. */
  readonly slot?: CompiledPlacement
}

/** An instance and where it goes. Without `from`, it is the instance of the request. */
export interface NamedMove {
  readonly kind: number
  readonly instance: MoveInstance | null
  readonly from: PlaceOnGpu | null
  readonly to: PlaceOnGpu
}

/**
 * Decides which instance goes to which place. Instances of one kind may take each other's places. As many
 * as possible go to another GPU, because such a move needs no stop. The request takes its place first. Throws `OutOfTime`
 * where it is late.
 */
export function nameMoves(
  changes: readonly GpuChange[],
  wanted: number,
  isLate: () => boolean = () => false,
): readonly NamedMove[] {
  const watch = createWatch(isLate)
  const ordered = [...changes].sort((a, b) => a.gpu.position - b.gpu.position)
  const free = arrangeIncoming(ordered, watch)
  const request = wanted < 0 ? [] : [placeRequest(free, wanted, ordered)]
  return [...request, ...placeInstances(free, listGoing(ordered, free), watch)]
}

/** Places for what comes to each GPU, in the order of the fleet. */
function arrangeIncoming(ordered: readonly GpuChange[], watch: () => void): FreePlaces {
  const free = createFreePlaces()
  for (const { gpu, accessGroup, evicted, incoming, slot } of ordered) {
    watch()
    if (slot !== undefined) {
      for (const { kind } of incoming) free.add(kind, { gpu, accessGroup, place: slot })
      continue
    }
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
    const idle = gpu.idle.map(({ place }) => place)
    const places =
      idle.length === 0
        ? arrange(tables, state, positions, taken)
        : (arrangeAroundIdle(tables, { start: state, idle, positions })?.places ?? null)
    if (places === null) throw new Error('what a class holds has places')
    for (const [index, { kind }] of incoming.entries()) {
      const place = places[index]
      if (place === undefined) continue
      free.add(kind, { gpu, accessGroup, place })
    }
  }
  return free
}

/** Takes a place on a GPU that something leaves, so that instances get the other places without a stop. */
function placeRequest(free: FreePlaces, wanted: number, changes: readonly GpuChange[]): NamedMove {
  const cleared = new Set(changes.filter(({ evicted }) => evicted.length > 0).map(({ gpu }) => gpu))
  const to = free.take(wanted, ({ gpu }) => cleared.has(gpu)) ?? free.take(wanted)
  if (to === null) throw new Error('the request has a place')
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
      .filter(({ instance, from }) => incoming.length === 0 || !free.takeOwn(instance.kind, from)),
  )
}

function placeInstances(
  free: FreePlaces,
  going: readonly Going[],
  watch: () => void,
): readonly NamedMove[] {
  const moves: NamedMove[] = []
  const waiting: Going[] = []
  for (const { instance, from } of going) {
    watch()
    const to = free.take(instance.kind, ({ gpu }) => gpu !== from.gpu)
    if (to === null) waiting.push({ instance, from })
    else moves.push({ kind: instance.kind, instance, from, to })
  }
  for (const { instance, from } of waiting) {
    const { kind } = instance
    const isApart = ({ place }: PlaceOnGpu): boolean => (place.mask & from.place.mask) === 0
    const to = free.take(kind, isApart) ?? free.take(kind)
    if (to === null) throw new Error('as many places as instances that go')
    moves.push({ kind, instance, from, to })
  }
  return moves
}
