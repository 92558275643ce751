import type { FleetAnswer, FleetPlace } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { readRequest } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { memberName } from '../model/member-name.js'
import { describePlaced } from './describe-placed.js'
import { explainRefused } from './explain-refused.js'
import { isPlain, withoutEnd } from './held-requests.js'
import { mostInstances, mostNow } from './most-fitting.js'
import { findNamedPlace, findObstacle, findThere, type NamedPlace } from './named-place.js'
import type { DemandObserver } from './observed-demand.js'
import {
  holdPlace,
  type Placed,
  type PlacedFleet,
  type Placing,
  placeEach,
  placeOne,
} from './place-best.js'
import { createRequestNamer, listMembers, requireFreeNames } from './request-names.js'
import { createRequestOptions, type Options } from './request-options.js'
import type { TraceLog } from './trace-log.js'

export interface Placer {
  readonly place: (request: FleetRequest, at: FleetPlace | null, clearIdle: boolean) => FleetAnswer
  /** A request that is not placed yet. Throws what `place` would, except for an id in use. */
  readonly read: (request: FleetRequest) => Pick<Placing, 'request' | 'options'>
  /** Throws what `place` would. */
  readonly check: (request: FleetRequest, at: FleetPlace) => void
  /** The last number given to a request without an id. */
  readonly lastUnnamed: () => number
}

export function createPlacer(
  fleet: PlacedFleet & { readonly observer: DemandObserver; readonly trace: TraceLog | null },
  lastUnnamed: number,
): Placer {
  const { state, holdings, rules, observer, ends, trace } = fleet
  const { pools } = state
  const { optionsOf, heldOptionsOf } = createRequestOptions(state)
  const namer = createRequestNamer(holdings, lastUnnamed)

  const findOptions = (request: FleetRequest): Options => {
    // A request that holds nothing could not be released.
    if (request.count === 0) throw invalid(['request', 'count'], 'is 0, not a whole number from 1')
    return optionsOf(request)
  }
  const check = (request: FleetRequest): Options => {
    const options = findOptions(request)
    requireFreeNames(holdings, request)
    return options
  }

  const note = (
    { request, options }: Placing,
    count: number,
    placed: readonly Placed[] | null,
  ): void => {
    observer.asked(options, count, placed !== null)
    if (trace === null) return
    trace.asked(request, options, count, placed?.map(({ holding }) => holding) ?? null)
  }

  const placeAt = (placing: Placing, there: NamedPlace): FleetAnswer => {
    const { request, id } = placing
    const found = findThere(there, placing.clearIdle)
    const reason = findObstacle(rules, request, there) ?? (found === null ? 'taken' : null)
    if (found === null || reason !== null) {
      note(placing, 1, null)
      return { kind: 'refused', id: request.id ?? null, reason: reason ?? 'taken', proven: true }
    }
    const name = request.count === undefined ? id : memberName(id, 0)
    const placed = [holdPlace(holdings, placing, name, found)]
    note(placing, 1, placed)
    return describePlaced(id, placed)
  }

  const placeBest = (placing: Placing): FleetAnswer => {
    const { request, options, id } = placing
    const { count } = request
    if (count === undefined) {
      const one = placeOne(fleet, placing, id, null)
      const placed = one === null ? null : [one]
      note(placing, 1, placed)
      if (placed !== null) return describePlaced(id, placed)
    } else {
      // A count may be larger than any list of names, so what cannot fit is not tried.
      const fits = count <= mostNow(pools, options, request, placing.clearIdle)
      const placed = fits ? placeEach(fleet, placing, listMembers(id, count)) : null
      note(placing, Math.min(count, mostInstances(pools)), placed)
      if (placed !== null) return describePlaced(id, placed)
    }
    const { reason, proven } = explainRefused(pools, placing, {
      filter: rules.filterOf(request),
      heldOptionsOf,
      mayShift: rules.mayShift,
    })
    return { kind: 'refused', id: request.id ?? null, reason, proven }
  }

  return {
    place: (given, at, clearIdle) => {
      const request = readRequest(given, ['request'])
      const options = check(request)
      const there = at === null ? null : findNamedPlace(state, request, at)
      const id = namer.idOf(request)
      const asked = isPlain(request) ? null : { ...withoutEnd(request), id }
      // Nothing shares a whole GPU, so its end decides nothing, and a snapshot has no place for it.
      const stay = request.wholeGpu === true ? null : ends.enter(request.expectedEnd)
      const placing = { request, options, id, asked, stay, clearIdle }
      return there === null ? placeBest(placing) : placeAt(placing, there)
    },
    read: (given) => {
      const request = readRequest(given, ['request'])
      return { request, options: findOptions(request) }
    },
    check: (given, at) => {
      const request = readRequest(given, ['request'])
      check(request)
      findNamedPlace(state, request, at)
    },
    lastUnnamed: namer.last,
  }
}
