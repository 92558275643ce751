import type { CreateFleetOptions, Fleet } from '../../../types/fleet/online.js'
import type { ExpectedEnds } from './expected-ends.js'
import type { FleetRankings } from './fleet-rankings.js'
import type { FleetState } from './fleet-state.js'
import type { HeldRequests } from './held-requests.js'
import type { Holdings } from './holdings.js'
import type { DemandObserver } from './observed-demand.js'
import type { PlacedRules } from './placed-rules.js'
import type { Placer } from './placer.js'
import type { TraceLog } from './trace-log.js'

/** The parts of a running fleet. */
export interface FleetInside {
  readonly state: FleetState
  readonly requests: HeldRequests
  readonly rules: PlacedRules
  readonly holdings: Holdings
  readonly ends: ExpectedEnds
  readonly observer: DemandObserver
  readonly rankings: FleetRankings
  readonly placer: Placer
  /** Null: the fleet remembers no requests. */
  readonly trace: TraceLog | null
  readonly mix: CreateFleetOptions['mix']
}

// A WeakMap, because a fleet is a plain object: a property for `makeRoom` would be public, and copied with it.
const insides = new WeakMap<object, FleetInside>()

export function rememberInside(fleet: Fleet, inside: FleetInside): void {
  insides.set(fleet, inside)
}

/** Undefined: `createFleet` did not make this fleet. */
export function insideOf(fleet: object): FleetInside | undefined {
  return insides.get(fleet)
}
