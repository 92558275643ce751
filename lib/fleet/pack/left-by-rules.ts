import type { FleetRequest } from '../../../types/fleet/pack.js'
import { groupBy } from '../../model/group-by.js'
import { sum } from '../../model/numbers.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import {
  createLabelCounts,
  type LabelCounts,
  limitOfNode,
  listRooms,
  type Room,
} from './ruled-rooms.js'

/** More looks at GPUs for the rules of requests would take longer than the rest of a call. */
const mostLooks = 5_000_000

/**
 * By demand: how many of its requests find no place in any packing, because `spread`, `avoid` or `sameNode` let too few in.
 * Requests with other rules do not count, nor do rules about what else is placed: the numbers are lower bounds. Those that
 * `isLate` leaves no time for are 0.
 */
export function countLeftByRules(
  requests: readonly FleetRequest[],
  demands: readonly DemandGroup[],
  gpus: readonly FleetGpuEntry[],
  isLate: () => boolean,
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
  let hasStopped = false
  const isOver = (): boolean => {
    hasStopped ||= isLate()
    return hasStopped
  }
  const hopeless = findHopeless(requests, demands, { gpus, labelsOn, isOver })
  return demands.map((demand, number) =>
    sum(
      (ruled[number] ?? []).map((entries) => {
        const request = requests[entries[0] ?? 0] as FleetRequest
        const count = sum(entries.map((entry) => requests[entry]?.count ?? 1))
        if (request.sameNode !== undefined && hopeless.has(request.sameNode)) return count
        if (isOver()) return 0
        return count - mostByRules(request, listRooms(demand, request, gpus, labelsOn), count)
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

/** How many of these requests the rooms take, at most `enough`. Further rooms are not read then. */
function mostByRules(request: FleetRequest, rooms: Iterable<Room>, enough: number): number {
  let all = 0
  let best = 0
  for (const { room, added } of addUpNodes(request, rooms)) {
    all += added
    best = Math.max(best, room)
    if ((request.sameNode === undefined ? all : best) >= enough) return enough
  }
  return request.sameNode === undefined ? all : best
}

/** By room: what its node takes with this room and those before it, and how much of it came with this one. */
function* addUpNodes(
  request: FleetRequest,
  rooms: Iterable<Room>,
): Iterable<{ readonly node: string; readonly room: number; readonly added: number }> {
  const onNode = new Map<string, number>()
  for (const { node, most, labels } of rooms) {
    const before = onNode.get(node) ?? 0
    const room = Math.min(limitOfNode(request, labels), before + most)
    onNode.set(node, room)
    yield { node, room, added: room - before }
  }
}

interface RuledGpus {
  readonly gpus: readonly FleetGpuEntry[]
  readonly labelsOn: LabelCounts
  readonly isOver: () => boolean
}

/** The texts of `sameNode` whose requests fit on no node together: then none of them is placed. */
function findHopeless(
  requests: readonly FleetRequest[],
  demands: readonly DemandGroup[],
  { gpus, labelsOn, isOver }: RuledGpus,
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
    let able: ReadonlySet<string> | null = null
    for (const { demand, request } of members) {
      if (isOver()) return hopeless
      able = listAble(request, listRooms(demand, request, gpus, labelsOn), able)
      if (able.size === 0) break
    }
    if (able?.size === 0) hopeless.add(text)
  }
  return hopeless
}

/** The nodes, of these, that take all of a request's instances. Null: of all nodes. */
function listAble(
  request: FleetRequest,
  rooms: Iterable<Room>,
  among: ReadonlySet<string> | null,
): ReadonlySet<string> {
  const { count = 1 } = request
  const able = new Set<string>()
  for (const { node, room } of addUpNodes(request, rooms))
    if (room >= count && (among === null || among.has(node))) able.add(node)
  return able
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
