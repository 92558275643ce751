import type { FleetInstance } from '../../../types/fleet/pack.js'

/** Whether the instance may be destroyed to make room. */
export function mayClear({ idle, pinned }: FleetInstance): boolean {
  return idle === true && pinned !== true
}
