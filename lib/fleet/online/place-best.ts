import type { FleetRequest } from '../../../types/fleet/pack.js'
import { findBestPlace } from './best-place.js'
import type { ExpectedEnds, Stay } from './expected-ends.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { makeHolding } from './holding.js'
import type { Holdings } from './holdings.js'
import type { PlacedRules } from './placed-rules.js'
import type { Options } from './request-options.js'
import type { BestPlace, GpuFilter } from './scored-place.js'

export interface PlacedFleet {
  readonly state: FleetState
  readonly holdings: Holdings
  readonly rules: PlacedRules
  readonly ends: ExpectedEnds
}

/** A request on its way to a place. */
export interface Placing {
  readonly request: FleetRequest
  readonly options: Options
  /** The request's, or one that the fleet gave it. */
  readonly id: string
  /** What the fleet remembers of the request; null: no more than its profile. */
  readonly asked: FleetRequest | null
  readonly stay: Stay | null
  /** Whether idle instances may be cleared for it. */
  readonly clearIdle: boolean
}

/** What a request holds now, and the idle instances that have left for it. */
export interface Placed {
  readonly holding: Holding
  readonly rank: number
  readonly gone: readonly Holding[]
}

/** Null: there is no place. `more` is a condition beside those of the request. */
export function placeOne(
  { state, holdings, rules, ends }: PlacedFleet,
  placing: Placing,
  name: string,
  more: GpuFilter | null,
): Placed | null {
  const { request, options, asked, stay, clearIdle } = placing
  // Most requests are plain, and a plain one has no conditions.
  const own = asked === null ? null : rules.filterOf(request)
  const filter =
    own !== null && more !== null ? (gpu: OnlineGpu) => own(gpu) && more(gpu) : (own ?? more)
  const lasting = ends.isUsed() ? { stay, now: ends.look() } : null
  const found = findBestPlace(state.pools, options, request, { filter, clearIdle, lasting })
  return found === null ? null : holdPlace(holdings, placing, name, found)
}

/** All of a request with a count, or nothing. */
export function placeEach(
  fleet: PlacedFleet,
  placing: Placing,
  names: readonly string[],
): readonly Placed[] | null {
  const excluded = new Set<OnlineGpu['node']>()
  for (;;) {
    const placed: Placed[] = []
    const notExcluded =
      excluded.size === 0 ? null : (gpu: OnlineGpu): boolean => !excluded.has(gpu.node)
    for (const name of names) {
      const one = placeOne(fleet, placing, name, notExcluded)
      if (one === null) break
      placed.push(one)
    }
    if (placed.length === names.length) return placed
    for (const one of placed.toReversed()) takeBack(fleet.holdings, one)
    const [first] = placed
    if (placing.request.sameNode === undefined || first === undefined) return null
    excluded.add(first.holding.gpu.node)
  }
}

export function holdPlace(
  holdings: Holdings,
  { request, asked, stay }: Placing,
  name: string,
  place: Pick<BestPlace, 'gpu' | 'place' | 'rank' | 'gone'>,
): Placed {
  const { rank, gone } = place
  for (const idle of gone) holdings.drop(idle)
  const holding = makeHolding(place, name, { asked, stay }, request)
  holdings.add(holding)
  return { holding, rank, gone }
}

/** As if it had not been placed. What came later has to be taken back before. */
export function takeBack(holdings: Holdings, { holding, gone }: Placed): void {
  holdings.drop(holding)
  for (const idle of gone) holdings.add(idle)
}
