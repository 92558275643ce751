import type { FleetInstance } from '../../../types/fleet/pack.js'
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
  /** Whether the instance is there, idle. */
  readonly reused: boolean
}

/** The worth of a GPU in a state to later requests. The less of it a placement loses, the better. */
export type Worth = (gpu: NamedGpu, state: number) => number

/** How a place is chosen. */
export interface PlaceRules {
  readonly worth: Worth
  /** Whether the first place that is found has to do, because the time is over. */
  readonly isHasty: () => boolean
  /** By what a request asks for: no GPU before this one has room for it. */
  readonly fullBefore: Map<string, number>
}

/** Places all requests of a set, or none. A set for one node is tried on each; the fewest GPUs opened win. */
export function placeSet(
  set: readonly TiedRequest[],
  gpus: readonly NamedGpu[],
  byNode: ReadonlyMap<Neighbours, readonly NamedGpu[]>,
  rules: PlaceRules,
): readonly TiedPlacement[] | null {
  if (set[0]?.request.sameNode === undefined) return placeAll(set, gpus, rules)
  let best: readonly NamedGpu[] | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const ofNode of byNode.values()) {
    const before = ofNode.filter(({ inUse }) => inUse).length
    const placements = placeAll(set, ofNode, rules)
    if (placements === null) continue
    if (rules.isHasty()) return placements
    const opened = ofNode.filter(({ inUse }) => inUse).length - before
    for (const placement of placements.toReversed()) takeBack(placement)
    if (opened >= fewest) continue
    best = ofNode
    fewest = opened
  }
  return best === null ? null : placeAll(set, best, rules)
}

function placeAll(
  set: readonly TiedRequest[],
  gpus: readonly NamedGpu[],
  rules: PlaceRules,
): readonly TiedPlacement[] | null {
  const placements: TiedPlacement[] = []
  for (const tied of set) {
    const placement = choosePlace(tied, gpus, rules)
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
  rules: PlaceRules,
): TiedPlacement | null {
  if (rules.isHasty()) return takeFirst(tied, gpus, rules)
  return takeBest(tied, gpus, rules.worth)
}

/** GPUs only get fuller, unless a set for one node is taken back. So a request need not look where another like it has. */
function takeFirst(
  tied: TiedRequest,
  gpus: readonly NamedGpu[],
  { worth, fullBefore }: PlaceRules,
): TiedPlacement | null {
  const { labels, spread, avoid, sameNode } = tied.request
  const key = JSON.stringify([tied.demand.number, labels, spread, avoid])
  const isAlone = sameNode === undefined
  for (let index = isAlone ? (fullBefore.get(key) ?? 0) : 0; index < gpus.length; index += 1) {
    const placement = takeBest(tied, gpus.slice(index, index + 1), worth)
    if (isAlone) fullBefore.set(key, index)
    if (placement !== null) return placement
  }
  if (isAlone) fullBefore.set(key, gpus.length)
  return null
}

function takeBest(
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
          best = { tied, gpu, place: null, reused: false }
          bestOpens = true
          bestLoss = 0
        }
        continue
      }
      const idle = gpu.idle.find(
        (each) => each.profilePosition === position && !gpu.taken.has(each),
      )
      if (idle !== undefined && (best === null || !best.reused)) {
        best = { tied, gpu, place: idle, reused: true }
        bestOpens = false
        bestLoss = Number.NEGATIVE_INFINITY
      }
      const next = tables.states.nextOf(state)
      for (const place of tables.profiles[position]?.placements ?? []) {
        const after = next[place.number] ?? -1
        if (after < 0) continue
        const loss = worth(gpu, state) - worth(gpu, after)
        if ((bestOpens && inUse) || (bestOpens === !inUse && loss < bestLoss)) {
          best = { tied, gpu, place, reused: false }
          bestOpens = !inUse
          bestLoss = loss
        }
      }
    }
  }
  return best
}

function take({ tied: { request }, gpu, place, reused }: TiedPlacement): void {
  const { tables } = gpu.entry.model
  if (reused && place !== null) gpu.taken.add(place)
  else
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
function takeBack({ tied: { request }, gpu, place, reused }: TiedPlacement): void {
  leave(gpu.neighbours, request, 'gpu')
  leave(gpu.node, request, 'node')
  if (place === null) gpu.state = wholeState
  else {
    gpu.added.pop()
    if (reused) gpu.taken.delete(place)
    let state = 0
    const { tables } = gpu.entry.model
    for (const instance of listLayout(gpu)) {
      state = tables.states.nextOf(state)[placeOf(tables, instance)?.number ?? -1] ?? -1
    }
    gpu.state = state
  }
  gpu.inUse = gpu.entry.inUse || gpu.added.length > 0
}

/** What is on the GPU, with what was added. */
export function listLayout({ entry, added, taken }: NamedGpu): readonly FleetInstance[] {
  const { tables } = entry.model
  const left = (entry.gpu.layout ?? []).filter((instance) => {
    const place = instance.idle === true ? placeOf(tables, instance) : null
    return place === null || !taken.has(place)
  })
  return [...left, ...added]
}
