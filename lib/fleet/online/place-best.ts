import type { FleetRequest } from '../../../types/fleet/pack.js'
import { type BestPlace, findBestPlace, type GpuFilter } from './best-place.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { makeHolding } from './holding.js'
import type { Holdings } from './holdings.js'
import type { PlacedRules } from './placed-rules.js'
import type { Options } from './request-options.js'

export interface PlacedFleet {
  readonly state: FleetState
  readonly holdings: Holdings
  readonly rules: PlacedRules
}

/** A request on its way to a place. */
export interface Placing {
  readonly request: FleetRequest
  readonly options: Options
  /** The request's, or one that the fleet gave it. */
  readonly id: string
  /** What the fleet remembers of the request; null: no more than its profile. */
  readonly asked: FleetRequest | null
}

/** Null: there is no place. `more` is a condition beside those of the request. */
export function placeOne(
  { state, holdings, rules }: PlacedFleet,
  placing: Placing,
  name: string,
  more: GpuFilter | null,
): Holding | null {
  const { request, options, asked } = placing
  // Most requests are plain, and a plain one has no conditions.
  const own = asked === null ? null : rules.filterOf(request)
  const filter =
    own !== null && more !== null ? (gpu: OnlineGpu) => own(gpu) && more(gpu) : (own ?? more)
  const found = findBestPlace(state.pools, options, request, filter)
  return found === null ? null : holdPlace(holdings, placing, name, found)
}

/** All of a request with a count, or nothing. */
export function placeEach(
  fleet: PlacedFleet,
  placing: Placing,
  names: readonly string[],
): readonly Holding[] | null {
  const excluded = new Set<OnlineGpu['node']>()
  for (;;) {
    const placed: Holding[] = []
    const notExcluded =
      excluded.size === 0 ? null : (gpu: OnlineGpu): boolean => !excluded.has(gpu.node)
    for (const name of names) {
      const holding = placeOne(fleet, placing, name, notExcluded)
      if (holding === null) break
      placed.push(holding)
    }
    if (placed.length === names.length) return placed
    for (const holding of placed) fleet.holdings.drop(holding)
    const [first] = placed
    if (placing.request.sameNode === undefined || first === undefined) return null
    excluded.add(first.gpu.node)
  }
}

export function holdPlace(
  holdings: Holdings,
  { request, asked }: Placing,
  name: string,
  place: Pick<BestPlace, 'gpu' | 'place'>,
): Holding {
  const holding = makeHolding(place, name, asked, request)
  holdings.add(holding)
  return holding
}
