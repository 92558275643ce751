import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { groupBy } from '../../model/group-by.js'
import { numberAt, sum } from '../../model/numbers.js'
import { placeOf, requireResiduals } from '../../solver/tables/tables.js'
import { wholeState } from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

/** More looks at GPUs for the rules of requests would take longer than the rest of a call. */
const mostLooks = 5_000_000

/** What one GPU can take of a demand, and what rules let in. */
interface Room {
  readonly node: string
  readonly most: number
  readonly labels: ReadonlyMap<string, number>
}

/**
 * By demand: how many of its requests find no place in any packing, because `spread`, `avoid` or `sameNode` let too few in.
 * Requests with other rules do not count, nor do rules about what else is placed: the numbers are lower bounds.
 */
export function countLeftByRules(
  requests: readonly FleetRequest[],
  demands: readonly DemandGroup[],
  gpus: readonly FleetGpuEntry[],
): readonly number[] {
  const ruled = demands.map(({ entries }) => {
    const own = entries.filter((entry) => isRuled(requests[entry] as FleetRequest))
    return [...groupBy(own, (entry) => rulesOf(requests[entry] as FleetRequest)).values()]
  })
  const classes = sum(ruled.map(({ length }) => length))
  if (classes === 0) return demands.map(() => 0)
  const together = requests.filter(({ sameNode }) => sameNode !== undefined).length
  const looks = sum(gpus.map(({ count }) => count)) * (classes + together)
  if (looks > mostLooks) return demands.map(() => 0)
  const labelsOn = createLabelCounts(gpus)
  const hopeless = findHopelessNodes(requests, demands, gpus, labelsOn)
  return demands.map((demand, number) =>
    sum(
      (ruled[number] ?? []).map((entries) => {
        const request = requests[entries[0] ?? 0] as FleetRequest
        const count = sum(entries.map((entry) => requests[entry]?.count ?? 1))
        if (request.sameNode !== undefined && hopeless.has(request.sameNode)) return count
        const rooms = listRooms(demand, request, gpus, labelsOn)
        return Math.max(0, count - mostByRules(request, rooms))
      }),
    ),
  )
}

function isRuled({ spread = [], avoid = [], sameNode }: FleetRequest): boolean {
  return spread.length + avoid.length > 0 || sameNode !== undefined
}

function rulesOf({ labels, spread, avoid, sameNode }: FleetRequest): string {
  return JSON.stringify([labels, spread, avoid, sameNode])
}

interface LabelCounts {
  readonly ofGpu: (entry: FleetGpuEntry) => ReadonlyMap<string, number>
  readonly ofNode: (node: string) => ReadonlyMap<string, number>
  /** As rules count nodes: a GPU without one is a node of its own. */
  readonly nodeOf: (entry: FleetGpuEntry, index: number) => string
}

function createLabelCounts(gpus: readonly FleetGpuEntry[]): LabelCounts {
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
function listRooms(
  demand: DemandGroup,
  request: FleetRequest,
  gpus: readonly FleetGpuEntry[],
  { ofGpu, ofNode, nodeOf }: LabelCounts,
): readonly Room[] {
  const { spread = [], avoid = [], labels = [] } = request
  return gpus.flatMap((entry) => {
    const most = mostOn(demand, entry)
    if (most === 0 || !mayEnter(entry.gpu, request)) return []
    const own = ofGpu(entry)
    if (avoid.some(({ label, scope }) => scope === 'gpu' && own.has(label))) return []
    return Array.from({ length: entry.count }, (_, index) => nodeOf(entry, index)).flatMap(
      (node): readonly Room[] => {
        const there = ofNode(node)
        if (avoid.some(({ label, scope }) => scope === 'node' && there.has(label))) return []
        let limit = most
        for (const { label, maxPerGpu = Number.POSITIVE_INFINITY } of spread) {
          const free = maxPerGpu - (own.get(label) ?? 0)
          // A rule about a label that the request does not have lets in as many as fit, or none.
          limit = labels.includes(label) ? Math.min(limit, free) : free < 0 ? 0 : limit
        }
        if (avoid.some(({ label, scope }) => scope === 'gpu' && labels.includes(label)))
          limit = Math.min(limit, 1)
        return limit > 0 ? [{ node, most: limit, labels: there }] : []
      },
    )
  })
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

function mostByRules(
  { spread = [], avoid = [], labels = [], sameNode }: FleetRequest,
  rooms: readonly Room[],
): number {
  const onNode = [...groupBy(rooms, ({ node }) => node).values()].map((ofNode) => {
    let most = sum(ofNode.map((room) => room.most))
    const there = ofNode[0]?.labels
    for (const { label, maxPerNode = Number.POSITIVE_INFINITY } of spread) {
      const free = maxPerNode - (there?.get(label) ?? 0)
      most = labels.includes(label) ? Math.min(most, free) : free < 0 ? 0 : most
    }
    if (avoid.some(({ label, scope }) => scope === 'node' && labels.includes(label)))
      most = Math.min(most, 1)
    return Math.max(0, most)
  })
  return sameNode === undefined ? sum(onNode) : Math.max(0, ...onNode)
}

/** The texts of `sameNode` whose requests fit on no node together: then none of them is placed. */
function findHopelessNodes(
  requests: readonly FleetRequest[],
  demands: readonly DemandGroup[],
  gpus: readonly FleetGpuEntry[],
  labelsOn: LabelCounts,
): ReadonlySet<string> {
  const parts = demands.flatMap((demand) =>
    demand.entries.map((entry) => ({ demand, request: requests[entry] as FleetRequest })),
  )
  const sets = groupBy(
    parts.filter(({ request }) => request.sameNode !== undefined && (request.count ?? 1) > 0),
    ({ request }) => request.sameNode ?? '',
  )
  const hopeless = new Set<string>()
  for (const [text, members] of sets) {
    const ableNodes = members.map(({ demand, request }) => {
      const rooms = groupBy(listRooms(demand, request, gpus, labelsOn), ({ node }) => node)
      const takesAll = ([, ofNode]: readonly [string, readonly Room[]]): boolean =>
        mostByRules(request, ofNode) >= (request.count ?? 1)
      return new Set([...rooms].filter(takesAll).map(([node]) => node))
    })
    const [first, ...others] = ableNodes
    const isAble = [...(first ?? [])].some((node) => others.every((nodes) => nodes.has(node)))
    if (!isAble) hopeless.add(text)
  }
  return hopeless
}

/** The value that is left out in any packing, because of rules about neighbours. */
export function valueLeftByRules(demands: readonly DemandGroup[]): number {
  return sum(demands.map(({ left = 0, value }) => left * value))
}

/** The problem without what finds no place in any case. */
export function withoutLeft(fleet: GroupedProblem): GroupedProblem {
  if (fleet.demands.every(({ left = 0 }) => left === 0)) return fleet
  const demands = fleet.demands.map(({ left = 0, ...demand }) => ({
    ...demand,
    count: demand.count - left,
  }))
  return { ...fleet, demands }
}
