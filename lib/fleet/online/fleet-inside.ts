import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGround } from './fleet-state.js'
import type { Holdings } from './holdings.js'

/** What a fleet consists of, for those who would else have to read a snapshot of it. */
export interface FleetInside {
  readonly ground: FleetGround
  readonly holdings: Holdings
}

const insides = new WeakMap<object, FleetInside>()

export function rememberInside(fleet: Fleet, inside: FleetInside): void {
  insides.set(fleet, inside)
}

/** Undefined: it is no fleet that `createFleet` made. */
export function insideOf(fleet: object): FleetInside | undefined {
  return insides.get(fleet)
}
