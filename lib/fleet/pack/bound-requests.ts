import type { FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { type CompiledPlacement, placeOf } from '../../solver/tables/tables.js'
import { type FleetGpuEntry, wholeHeldState, wholeState } from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import { limitNamedGpus, limitNamedPlacements } from '../model/limits.js'
import { gpuName, requestName } from '../model/member-name.js'
import { createNeighbours, join, leave, mayJoin, type Neighbours } from './neighbours.js'
import type { DemandGroup, PackGroups } from './pack-groups.js'

/** One GPU by name, with what is put on it. */
export interface NamedGpu {
  readonly name: string
  readonly entry: FleetGpuEntry
  readonly neighbours: Neighbours
  readonly node: Neighbours
  state: number
  inUse: boolean
  readonly added: FleetInstance[]
}

export interface BoundRequest {
  readonly entry: number
  readonly name: string | null
  readonly request: FleetRequest
  readonly demand: DemandGroup
  readonly units: number
}

export interface BoundSpot {
  readonly request: BoundRequest
  readonly gpu: NamedGpu
  /** Null: the whole GPU. */
  readonly place: CompiledPlacement | null
}

/** What a GPU of a model in some state is worth to requests to come: less of it lost is better. */
export type Worth = (gpu: NamedGpu, state: number) => number

export function nameGpus({ gpus }: PackGroups): readonly NamedGpu[] {
  limitNamedGpus(gpus)
  const nodes = new Map<string | number, Neighbours>()
  return gpus.flatMap((entry) => {
    const { gpu, count, state, inUse, node } = entry
    return Array.from({ length: count }, (_, index): NamedGpu => {
      // GPUs of one entry that are on no node are not together either.
      const key = gpu.node === undefined ? `${node}/${index}` : gpu.node
      const neighbours = createNeighbours()
      const onNode = nodes.get(key) ?? createNeighbours()
      nodes.set(key, onNode)
      for (const instance of gpu.layout ?? []) {
        join(neighbours, instance, 'gpu')
        join(onNode, instance, 'node')
      }
      return {
        name: gpuName(gpu, index),
        entry,
        neighbours,
        node: onNode,
        state,
        inUse,
        added: [],
      }
    })
  })
}

/** In the order in which they are placed: the most valuable first, of those the largest. */
export function listBound(
  { problem, demands, demandOf, models }: PackGroups,
  isBound: readonly boolean[],
): readonly (readonly BoundRequest[])[] {
  const sets = new Map<string | BoundRequest, BoundRequest[]>()
  limitNamedPlacements(
    problem.requests.reduce(
      (sum, { count = 1 }, entry) => sum + (isBound[entry] === true ? count : 0),
      0,
    ),
  )
  for (const [entry, request] of problem.requests.entries()) {
    const demand = demands[demandOf[entry] ?? 0]
    if (isBound[entry] !== true || demand === undefined) continue
    const units = Math.max(
      ...models.list.map(({ number, tables }) => {
        const [best] = demand.options[number] ?? []
        return best === undefined ? 0 : (tables.profiles[best]?.unitCount ?? tables.memoryUnits)
      }),
    )
    for (let index = 0; index < (request.count ?? 1); index += 1) {
      const bound = { entry, name: requestName(request, index), request, demand, units }
      const set = sets.get(request.sameNode ?? bound) ?? []
      sets.set(request.sameNode ?? bound, set)
      set.push(bound)
    }
  }
  const sum = (set: readonly BoundRequest[], of: (bound: BoundRequest) => number): number =>
    set.reduce((total, bound) => total + of(bound), 0)
  return [...sets.values()]
    .map((set) => set.sort((a, b) => b.units - a.units || a.entry - b.entry))
    .sort(
      (a, b) =>
        sum(b, ({ request }) => request.value ?? 1) / b.length -
          sum(a, ({ request }) => request.value ?? 1) / a.length ||
        sum(b, ({ units }) => units) - sum(a, ({ units }) => units),
    )
}

/** All of a set or none of it. One that shares a node is tried on each; the fewest GPUs opened win. */
export function placeSet(
  set: readonly BoundRequest[],
  gpus: readonly NamedGpu[],
  byNode: ReadonlyMap<Neighbours, readonly NamedGpu[]>,
  worth: Worth,
): readonly BoundSpot[] | null {
  if (set[0]?.request.sameNode === undefined) return placeAll(set, gpus, worth)
  let best: readonly NamedGpu[] | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const ofNode of byNode.values()) {
    const before = ofNode.filter(({ inUse }) => inUse).length
    const spots = placeAll(set, ofNode, worth)
    if (spots === null) continue
    const opened = ofNode.filter(({ inUse }) => inUse).length - before
    for (const spot of spots.toReversed()) takeBack(spot)
    if (opened >= fewest) continue
    best = ofNode
    fewest = opened
  }
  return best === null ? null : placeAll(set, best, worth)
}

function placeAll(
  set: readonly BoundRequest[],
  gpus: readonly NamedGpu[],
  worth: Worth,
): readonly BoundSpot[] | null {
  const spots: BoundSpot[] = []
  for (const request of set) {
    const spot = findSpot(request, gpus, worth)
    if (spot === null) {
      for (const placed of spots.toReversed()) takeBack(placed)
      return null
    }
    take(spot)
    spots.push(spot)
  }
  return spots
}

function findSpot(bound: BoundRequest, gpus: readonly NamedGpu[], worth: Worth): BoundSpot | null {
  let best: BoundSpot | null = null
  let bestOpens = true
  let bestLoss = Number.POSITIVE_INFINITY
  for (const gpu of gpus) {
    const { entry, state, inUse } = gpu
    if (best !== null && !bestOpens && !inUse) continue
    if (!mayEnter(entry.gpu, bound.request)) continue
    if (!mayJoin(gpu.neighbours, bound.request, 'gpu')) continue
    if (!mayJoin(gpu.node, bound.request, 'node')) continue
    const { tables, number } = entry.model
    for (const position of bound.demand.options[number] ?? []) {
      const isWhole = position === tables.profiles.length
      if (isWhole !== state < 0 || state === wholeHeldState) continue
      if (isWhole) {
        if (best === null || bestOpens) {
          best = { request: bound, gpu, place: null }
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
          best = { request: bound, gpu, place }
          bestOpens = !inUse
          bestLoss = loss
        }
      }
    }
  }
  return best
}

function take({ request, gpu, place }: BoundSpot): void {
  const { tables } = gpu.entry.model
  gpu.state =
    place === null ? wholeHeldState : (tables.states.nextOf(gpu.state)[place.number] ?? -1)
  gpu.inUse = true
  join(gpu.neighbours, request.request, 'gpu')
  join(gpu.node, request.request, 'node')
  if (place === null) return
  const { profile } = tables.profiles[place.profilePosition] ?? {}
  gpu.added.push({ profileId: profile?.id ?? -1, placement: place.placement })
}

/** Of what was placed last. */
function takeBack({ request, gpu, place }: BoundSpot): void {
  leave(gpu.neighbours, request.request, 'gpu')
  leave(gpu.node, request.request, 'node')
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
