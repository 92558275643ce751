import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt, sum } from '../../model/numbers.js'
import { placeOf, requireResiduals } from '../../solver/tables/tables.js'
import { wholeState } from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import type { DemandGroup } from '../model/grouped-problem.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

/** What one GPU can take of a demand, and what rules let in. */
export interface Room {
  readonly node: string
  readonly most: number
  readonly labels: ReadonlyMap<string, number>
}

export interface LabelCounts {
  readonly ofGpu: (entry: FleetGpuEntry) => ReadonlyMap<string, number>
  readonly ofNode: (node: string) => ReadonlyMap<string, number>
  /** As rules count nodes: a GPU without one is a node of its own. */
  readonly nodeOf: (entry: FleetGpuEntry, index: number) => string
}

export function createLabelCounts(gpus: readonly FleetGpuEntry[]): LabelCounts {
  const nodes = new Map<string, Map<string, number>>()
  const ofEntry = new Map<FleetGpuEntry, ReadonlyMap<string, number>>()
  const nodeOf = ({ gpu, node }: FleetGpuEntry, index: number): string =>
    gpu.node === undefined ? `gpu ${node}/${index}` : `node ${gpu.node}`
  for (const entry of gpus) {
    const own = new Map<string, number>()
    for (const { labels = [] } of entry.gpu.layout ?? [])
      for (const label of labels) own.set(label, (own.get(label) ?? 0) + 1)
    ofEntry.set(entry, own)
    if (own.size === 0) continue
    for (let index = 0; index < entry.count; index += 1) {
      const there = cached(nodes, nodeOf(entry, index), () => new Map<string, number>())
      for (const [label, count] of own) there.set(label, (there.get(label) ?? 0) + count)
    }
  }
  const none = new Map<string, number>()
  return {
    ofGpu: (entry) => ofEntry.get(entry) ?? none,
    ofNode: (node) => nodes.get(node) ?? none,
    nodeOf,
  }
}

/** The GPUs that the requests may use as far as their filters and what is there decide. */
export function* listRooms(
  demand: DemandGroup,
  request: FleetRequest,
  gpus: readonly FleetGpuEntry[],
  { ofGpu, ofNode, nodeOf }: LabelCounts,
): Iterable<Room> {
  const { spread = [], avoid = [], labels = [] } = request
  for (const entry of gpus) {
    let most = mostOn(demand, entry)
    if (most === 0 || !mayEnter(entry.gpu, request)) continue
    const own = ofGpu(entry)
    if (avoid.some(({ label, scope }) => scope === 'gpu' && own.has(label))) continue
    for (const { label, maxPerGpu = Number.POSITIVE_INFINITY } of spread) {
      const free = maxPerGpu - (own.get(label) ?? 0)
      // A rule about a label that the request does not have lets in as many as fit, or none.
      most = labels.includes(label) ? Math.min(most, free) : free < 0 ? 0 : most
    }
    if (avoid.some(({ label, scope }) => scope === 'gpu' && labels.includes(label)))
      most = Math.min(most, 1)
    if (most <= 0) continue
    for (let index = 0; index < entry.count; index += 1) {
      const node = nodeOf(entry, index)
      const there = ofNode(node)
      if (avoid.some(({ label, scope }) => scope === 'node' && there.has(label))) continue
      yield { node, most, labels: there }
    }
  }
}

/** How many instances of the demand fit on a GPU, by their number alone. */
function mostOn({ options }: DemandGroup, { model, state, gpu }: FleetGpuEntry): number {
  const { tables, number } = model
  const positions = options[number] ?? []
  if (state < 0) return state === wholeState && positions.includes(tables.profiles.length) ? 1 : 0
  const { additional, classOf } = requireResiduals(tables)
  const base = numberAt(classOf, state) * tables.profiles.length
  const idle = (gpu.layout ?? []).filter((instance) => {
    const place = instance.idle === true ? placeOf(tables, instance) : null
    return place !== null && positions.includes(place.profilePosition)
  })
  // Where several profiles serve, the GPU holds at most as many as it would of each alone, together.
  const fits = positions.map((position) => additional[base + position] ?? 0)
  return idle.length + (positions.length === 1 ? (fits[0] ?? 0) : sum(fits))
}

/** How many of these requests rules let in to a node that has these labels. */
export function limitOfNode(
  { spread = [], avoid = [], labels = [] }: FleetRequest,
  there: ReadonlyMap<string, number>,
): number {
  let limit = Number.POSITIVE_INFINITY
  for (const { label, maxPerNode = Number.POSITIVE_INFINITY } of spread) {
    const free = maxPerNode - (there.get(label) ?? 0)
    limit = labels.includes(label) ? Math.min(limit, free) : free < 0 ? 0 : limit
  }
  if (avoid.some(({ label, scope }) => scope === 'node' && labels.includes(label)))
    limit = Math.min(limit, 1)
  return Math.max(0, limit)
}
