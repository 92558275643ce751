import type { FleetRequest } from '../../../types/fleet/pack.js'
import { checkIds } from '../model/fleet-request.js'

/** The request behind an instance, by the instance's id. Undefined: the fleet does not know the request. */
export type RequestById = (id: string) => FleetRequest | undefined

/** Throws `MIG_FLEET_INVALID` for two requests with one id. */
export function indexRequests(requests: readonly FleetRequest[]): RequestById {
  checkIds(requests, new Set())
  const held = new Map<string, FleetRequest>()
  for (const request of requests) if (request.id !== undefined) held.set(request.id, request)
  if (held.size === 0) return () => undefined
  return (id) => {
    const own = held.get(id)
    if (own !== undefined && own.count === undefined) return own
    const all = held.get(withoutNumber(id))
    return all?.count === undefined ? own : all
  }
}

/** A request with `count` holds `<id>/0`, `<id>/1`, …. */
function withoutNumber(id: string): string {
  return id.replace(/\/\d+$/, '')
}
