import type { FleetAnswer, FleetPlace } from '../../../types/fleet/online.js'
import type { FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import { readRequest } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { memberName } from '../model/member-name.js'
import { type ChosenPlace, choosePlace, type UnitFilter } from './best-place.js'
import { explainRefused } from './explain-refused.js'
import type { FleetGround, FleetUnit, Holding } from './fleet-state.js'
import { isPlain } from './held-requests.js'
import { describeHolding, type Holdings, makeHolding } from './holdings.js'
import { findTakenMember } from './member-names.js'
import { mostInstances, mostRoom } from './most-room.js'
import { findHindrance, findNamedPlace } from './named-place.js'
import type { DemandObserver } from './observed-demand.js'
import type { PlacedRules } from './placed-rules.js'
import { createRequestOptions, type Options } from './request-options.js'

export interface Placer {
  readonly place: (request: FleetRequest, at: FleetPlace | null) => FleetAnswer
  /** Throws what `place` would. */
  readonly check: (request: FleetRequest, at: FleetPlace) => void
  /** The last number given to a request without an id. */
  readonly lastUnnamed: () => number
}

export function createPlacer(
  ground: FleetGround,
  holdings: Holdings,
  rules: PlacedRules,
  observer: DemandObserver,
  firstUnnamed: number,
): Placer {
  const { pools } = ground
  const { optionsOf, heldOptionsOf } = createRequestOptions(ground)
  let unnamed = firstUnnamed

  const placeOne = (
    request: FleetRequest,
    asked: FleetRequest | null,
    options: Options,
    name: string,
    more: UnitFilter | null,
  ): Holding | null => {
    const own = rules.filterOf(request)
    const filter =
      own !== null && more !== null ? (unit: FleetUnit) => own(unit) && more(unit) : (own ?? more)
    const chosen = choosePlace(pools, options, request, filter)
    if (chosen === null) return null
    return put(request, asked, name, chosen)
  }

  const put = (
    request: FleetRequest,
    asked: FleetRequest | null,
    name: string,
    { unit, place }: Omit<ChosenPlace, 'position'>,
  ): Holding => {
    const holding = makeHolding(unit, place, name, asked, request.labels)
    holdings.add(holding)
    return holding
  }

  /** All or nothing. */
  const placeAll = (
    request: FleetRequest,
    asked: FleetRequest | null,
    options: Options,
    names: readonly string[],
  ): readonly Holding[] | null => {
    const excluded = new Set<FleetUnit['node']>()
    for (;;) {
      const placed: Holding[] = []
      const notExcluded =
        excluded.size === 0 ? null : (unit: FleetUnit): boolean => !excluded.has(unit.node)
      for (const name of names) {
        const holding = placeOne(request, asked, options, name, notExcluded)
        if (holding === null) break
        placed.push(holding)
      }
      if (placed.length === names.length) return placed
      for (const holding of placed) holdings.drop(holding)
      const [first] = placed
      if (request.sameNode === undefined || first === undefined) return null
      excluded.add(first.unit.node)
    }
  }

  const check = (request: FleetRequest): Options => {
    // What holds nothing could not be released.
    if (request.count === 0) throw invalid(['request', 'count'], 'is 0, not a whole number from 1')
    const options = optionsOf(request)
    const { id, count = 1 } = request
    if (id === undefined) return options
    if (holdings.has(id)) {
      throw invalid(['request', 'id'], `is ${id}, which holds an instance already`)
    }
    const taken = request.count === undefined ? null : findTakenMember(holdings, id, count)
    if (taken !== null) {
      throw invalid(['request', 'id'], `makes ${taken}, which holds an instance already`)
    }
    return options
  }

  const nameOf = ({ id, count }: FleetRequest): string => {
    if (id !== undefined) return id
    for (;;) {
      const name = `request-${++unnamed}`
      const isTaken =
        holdings.has(name) ||
        (count !== undefined && findTakenMember(holdings, name, count) !== null)
      if (!isTaken) return name
    }
  }

  const refuse = (
    request: FleetRequest,
    reason: ReturnType<typeof explainRefused>,
  ): FleetAnswer => ({
    kind: 'refused',
    id: request.id ?? null,
    ...reason,
  })

  const place = (given: FleetRequest, at: FleetPlace | null): FleetAnswer => {
    const request = readRequest(given, ['request'])
    const options = check(request)
    const there = at === null ? null : findNamedPlace(ground, request, at)
    const id = nameOf(request)
    const { count } = request
    const asked = isPlain(request) ? null : request.id === undefined ? { ...request, id } : request
    if (there !== null) {
      const reason = findHindrance(rules, request, there)
      observer.asked(options, 1, reason === null)
      if (reason !== null) return refuse(request, { reason, proven: true })
      const holding = put(request, asked, count === undefined ? id : `${id}/0`, there)
      return { kind: 'placed', id, placements: [describeHolding(holding)] }
    }
    if (count === undefined) {
      const holding = placeOne(request, asked, options, id, null)
      observer.asked(options, 1, holding !== null)
      if (holding !== null) return { kind: 'placed', id, placements: [describeHolding(holding)] }
    } else {
      // A count may be larger than any list of names: what cannot fit is not tried.
      const fits = count <= mostRoom(pools, options, request)
      const placed = fits ? placeAll(request, asked, options, listMembers(id, count)) : null
      observer.asked(options, Math.min(count, mostInstances(pools)), placed !== null)
      if (placed !== null) {
        const placements = placed.map(describeHolding) satisfies FleetPlacement[]
        return { kind: 'placed', id, placements }
      }
    }
    return refuse(
      request,
      explainRefused(
        pools,
        options,
        request,
        rules.filterOf(request),
        heldOptionsOf,
        rules.mayShift,
      ),
    )
  }

  return {
    place,
    check: (given, at) => {
      const request = readRequest(given, ['request'])
      check(request)
      findNamedPlace(ground, request, at)
    },
    lastUnnamed: () => unnamed,
  }
}

function listMembers(id: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => memberName(id, number))
}
