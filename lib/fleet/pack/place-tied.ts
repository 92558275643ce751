import { type CompiledPlacement, placeOf } from '../../solver/tables/tables.js'
import { wholeHeldState, wholeState } from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import type { NamedGpu } from './named-gpus.js'
import { join, leave, mayJoin, type Neighbours } from './neighbours.js'
import type { TiedRequest } from './tied-requests.js'

export interface TiedPlacement {
  readonly tied: TiedRequest
  readonly gpu: NamedGpu
  /** Null: the whole GPU. */
  readonly place: CompiledPlacement | null
}

/** The worth of a GPU in a state to later requests. The less of it a placement loses, the better. */
export type Worth = (gpu: NamedGpu, state: number) => number

/** Places all requests of a set, or none. A set for one node is tried on each; the fewest GPUs opened win. */
export function placeSet(
  set: readonly TiedRequest[],
  gpus: readonly NamedGpu[],
  byNode: ReadonlyMap<Neighbours, readonly NamedGpu[]>,
  worth: Worth,
): readonly TiedPlacement[] | null {
  if (set[0]?.request.sameNode === undefined) return placeAll(set, gpus, worth)
  let best: readonly NamedGpu[] | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const ofNode of byNode.values()) {
    const before = ofNode.filter(({ inUse }) => inUse).length
    const placements = placeAll(set, ofNode, worth)
    if (placements === null) continue
    const opened = ofNode.filter(({ inUse }) => inUse).length - before
    for (const placement of placements.toReversed()) takeBack(placement)
    if (opened >= fewest) continue
    best = ofNode
    fewest = opened
  }
  return best === null ? null : placeAll(set, best, worth)
}

function placeAll(
  set: readonly TiedRequest[],
  gpus: readonly NamedGpu[],
  worth: Worth,
): readonly TiedPlacement[] | null {
  const placements: TiedPlacement[] = []
  for (const tied of set) {
    const placement = choosePlace(tied, gpus, worth)
    if (placement === null) {
      for (const placed of placements.toReversed()) takeBack(placed)
      return null
    }
    take(placement)
    placements.push(placement)
  }
  return placements
}

function choosePlace(
  tied: TiedRequest,
  gpus: readonly NamedGpu[],
  worth: Worth,
): TiedPlacement | null {
  let best: TiedPlacement | null = null
  let bestOpens = true
  let bestLoss = Number.POSITIVE_INFINITY
  for (const gpu of gpus) {
    const { entry, state, inUse } = gpu
    if (best !== null && !bestOpens && !inUse) continue
    if (!mayEnter(entry.gpu, tied.request)) continue
    if (!mayJoin(gpu.neighbours, tied.request, 'gpu')) continue
    if (!mayJoin(gpu.node, tied.request, 'node')) continue
    const { tables, number } = entry.model
    for (const position of tied.demand.options[number] ?? []) {
      const isWhole = position === tables.profiles.length
      if (isWhole !== state < 0 || state === wholeHeldState) continue
      if (isWhole) {
        if (best === null || bestOpens) {
          best = { tied, gpu, place: null }
          bestOpens = true
          bestLoss = 0
        }
        continue
      }
      const next = tables.states.nextOf(state)
      for (const place of tables.profiles[position]?.placements ?? []) {
        const after = next[place.number] ?? -1
        if (after < 0) continue
        const loss = worth(gpu, state) - worth(gpu, after)
        if ((bestOpens && inUse) || (bestOpens === !inUse && loss < bestLoss)) {
          best = { tied, gpu, place }
          bestOpens = !inUse
          bestLoss = loss
        }
      }
    }
  }
  return best
}

function take({ tied: { request }, gpu, place }: TiedPlacement): void {
  const { tables } = gpu.entry.model
  gpu.state =
    place === null ? wholeHeldState : (tables.states.nextOf(gpu.state)[place.number] ?? -1)
  gpu.inUse = true
  join(gpu.neighbours, request, 'gpu')
  join(gpu.node, request, 'node')
  if (place === null) return
  const { profile } = tables.profiles[place.profilePosition] ?? {}
  gpu.added.push({ profileId: profile?.id ?? -1, placement: place.placement })
}

/** Undoes the last placement. */
function takeBack({ tied: { request }, gpu, place }: TiedPlacement): void {
  leave(gpu.neighbours, request, 'gpu')
  leave(gpu.node, request, 'node')
  if (place === null) gpu.state = wholeState
  else {
    gpu.added.pop()
    let state = 0
    const { tables } = gpu.entry.model
    for (const instance of [...(gpu.entry.gpu.layout ?? []), ...gpu.added]) {
      state = tables.states.nextOf(state)[placeOf(tables, instance)?.number ?? -1] ?? -1
    }
    gpu.state = state
  }
  gpu.inUse = gpu.entry.inUse || gpu.added.length > 0
}
