import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt, sum } from '../../model/numbers.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import { limitNamedPlacements } from '../model/limits.js'
import { requestName } from '../model/member-name.js'

export interface TiedRequest {
  readonly entry: number
  readonly name: string | null
  readonly request: FleetRequest
  readonly demand: DemandGroup
  readonly units: number
}

/**
 * By entry: whether its own rules, or a rule on its labels, tie it to its neighbours. Such requests cannot
 * be placed by numbers alone. Empty: no request has such rules.
 */
export function findTied(requests: readonly FleetRequest[]): readonly boolean[] {
  const asks = ({ sameNode, spread, avoid }: FleetRequest): boolean =>
    sameNode !== undefined || spread !== undefined || avoid !== undefined
  if (!requests.some(asks)) return []
  const ruled = new Set<string>()
  for (const { spread = [], avoid = [] } of requests) {
    for (const { label } of [...spread, ...avoid]) ruled.add(label)
  }
  return requests.map(
    ({ sameNode, spread = [], avoid = [], labels = [] }) =>
      sameNode !== undefined ||
      spread.length > 0 ||
      avoid.length > 0 ||
      labels.some((label) => ruled.has(label)),
  )
}

/**
 * Sets of requests in the order of placing: the most valuable first, then the largest. All requests of a
 * set are placed, or none.
 */
export function listTied(
  { problem, demands, demandOf, models }: GroupedProblem,
  isTied: readonly boolean[],
): readonly (readonly TiedRequest[])[] {
  const sets = new Map<string | TiedRequest, TiedRequest[]>()
  limitNamedPlacements(
    sum(problem.requests.map(({ count = 1 }, entry) => (isTied[entry] === true ? count : 0))),
  )
  for (const [entry, request] of problem.requests.entries()) {
    const demand = demands[numberAt(demandOf, entry)]
    if (isTied[entry] !== true || demand === undefined) continue
    const units = Math.max(
      ...models.list.map(({ number, tables }) => {
        const [best] = demand.options[number] ?? []
        return best === undefined ? 0 : (tables.profiles[best]?.unitCount ?? tables.memoryUnits)
      }),
    )
    for (let index = 0; index < (request.count ?? 1); index += 1) {
      const tied = { entry, name: requestName(request, index), request, demand, units }
      cached(sets, request.sameNode ?? tied, () => []).push(tied)
    }
  }
  return [...sets.values()]
    .map((set) => ({
      set: set.sort((a, b) => b.units - a.units || a.entry - b.entry),
      value: sum(set.map(({ request }) => request.value ?? 1)) / set.length,
      units: sum(set.map(({ units }) => units)),
    }))
    .sort((a, b) => b.value - a.value || b.units - a.units)
    .map(({ set }) => set)
}
