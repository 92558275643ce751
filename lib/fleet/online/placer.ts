import type { FleetAnswer, FleetPlace } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { readRequest } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { memberName } from '../model/member-name.js'
import { explainRefused } from './explain-refused.js'
import { isPlain } from './held-requests.js'
import { describeHolding } from './holding.js'
import { mostInstances, mostNow } from './most-fitting.js'
import { findNamedPlace, findObstacle, type NamedPlace } from './named-place.js'
import type { DemandObserver } from './observed-demand.js'
import { holdPlace, type PlacedFleet, type Placing, placeEach, placeOne } from './place-best.js'
import { createRequestNamer, listMembers, requireFreeNames } from './request-names.js'
import { createRequestOptions, type Options } from './request-options.js'

export interface Placer {
  readonly place: (request: FleetRequest, at: FleetPlace | null) => FleetAnswer
  /** Throws what `place` would. */
  readonly check: (request: FleetRequest, at: FleetPlace) => void
  /** The last number given to a request without an id. */
  readonly lastUnnamed: () => number
}

export function createPlacer(
  fleet: PlacedFleet & { readonly observer: DemandObserver },
  lastUnnamed: number,
): Placer {
  const { state, holdings, rules, observer } = fleet
  const { pools } = state
  const { optionsOf, heldOptionsOf } = createRequestOptions(state)
  const namer = createRequestNamer(holdings, lastUnnamed)

  const check = (request: FleetRequest): Options => {
    // A request that holds nothing could not be released.
    if (request.count === 0) throw invalid(['request', 'count'], 'is 0, not a whole number from 1')
    const options = optionsOf(request)
    requireFreeNames(holdings, request)
    return options
  }

  const placeAt = (placing: Placing, there: NamedPlace): FleetAnswer => {
    const { request, options, id } = placing
    const reason = findObstacle(rules, request, there)
    observer.asked(options, 1, reason === null)
    if (reason !== null) return { kind: 'refused', id: request.id ?? null, reason, proven: true }
    const name = request.count === undefined ? id : memberName(id, 0)
    const holding = holdPlace(holdings, placing, name, there)
    return { kind: 'placed', id, placements: [describeHolding(holding)] }
  }

  const placeBest = (placing: Placing): FleetAnswer => {
    const { request, options, id } = placing
    const { count } = request
    if (count === undefined) {
      const holding = placeOne(fleet, placing, id, null)
      observer.asked(options, 1, holding !== null)
      if (holding !== null) return { kind: 'placed', id, placements: [describeHolding(holding)] }
    } else {
      // A count may be larger than any list of names, so what cannot fit is not tried.
      const fits = count <= mostNow(pools, options, request)
      const placed = fits ? placeEach(fleet, placing, listMembers(id, count)) : null
      observer.asked(options, Math.min(count, mostInstances(pools)), placed !== null)
      if (placed !== null) return { kind: 'placed', id, placements: placed.map(describeHolding) }
    }
    const { reason, proven } = explainRefused(pools, placing, {
      filter: rules.filterOf(request),
      heldOptionsOf,
      mayShift: rules.mayShift,
    })
    return { kind: 'refused', id: request.id ?? null, reason, proven }
  }

  return {
    place: (given, at) => {
      const request = readRequest(given, ['request'])
      const options = check(request)
      const there = at === null ? null : findNamedPlace(state, request, at)
      const id = namer.idOf(request)
      const placing = { request, options, id, asked: isPlain(request) ? null : { ...request, id } }
      return there === null ? placeBest(placing) : placeAt(placing, there)
    },
    check: (given, at) => {
      const request = readRequest(given, ['request'])
      check(request)
      findNamedPlace(state, request, at)
    },
    lastUnnamed: namer.last,
  }
}
