import type { FleetRequest } from '../../../types/fleet/pack.js'
import { readRequests } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { readMemberName } from '../model/member-name.js'
import type { ChangeLog } from './fleet-state.js'

/** The fleet's memory of the requests that hold something, and of which instances belong together. */
export interface HeldRequests {
  /** In the order in which they came. */
  readonly list: () => readonly FleetRequest[]
  readonly get: (id: string) => FleetRequest | undefined
  /** Copies and checks requests. Throws `MIG_FLEET_INVALID`. */
  readonly read: (requests: readonly FleetRequest[]) => readonly FleetRequest[]
  /**
   * Announces the requests of instances that come next. Requests that are known already stay as they are.
   */
  readonly expect: (requests: readonly FleetRequest[]) => void
  /** Forgets those of them that hold nothing. */
  readonly settle: (requests: readonly FleetRequest[]) => void
  readonly find: (id: string | null) => FleetRequest | null
  readonly enter: (id: string, asked: FleetRequest | null) => void
  readonly leave: (id: string, asked: FleetRequest | null) => void
  /** Names of what a request with a count holds. Null: it is no such request. */
  readonly membersOf: (id: string) => readonly string[] | null
  /** Whether a request with a count has this id. */
  readonly isGroup: (id: string) => boolean
  /** Whether a request with a count has this id, or a member with it, present or missing. */
  readonly owns: (id: string) => boolean
}

interface HeldRequest {
  readonly request: FleetRequest
  readonly members: Set<string>
}

const plainKeys: ReadonlySet<string> = new Set(['id', 'profile', 'expectedEnd'])

/**
 * Whether the request asked for a profile only. Its instance shows that, so the fleet need not remember it.
 */
export function isPlain(request: FleetRequest): boolean {
  for (const key in request) {
    if (plainKeys.has(key)) continue
    if (request[key as keyof FleetRequest] !== undefined) return false
  }
  return true
}

/** The instance remembers when it ends: requests that differ in that alone are alike. */
export function withoutEnd(request: FleetRequest): FleetRequest {
  const { expectedEnd: _end, ...rest } = request
  return rest
}

export function createHeldRequests(log: ChangeLog): HeldRequests {
  const byId = new Map<string, HeldRequest>()
  let groups = 0

  /** The request with a count that has a member with this name. */
  const groupOf = (id: string): HeldRequest | null => {
    const member = readMemberName(id)
    const held = member === null ? undefined : byId.get(member.id)
    if (member === null || held === undefined) return null
    return member.number < (held.request.count ?? 0) ? held : null
  }
  const heldBy = (id: string): HeldRequest | null => {
    const own = byId.get(id)
    return own !== undefined && own.request.count === undefined ? own : groupOf(id)
  }

  return {
    list: () => [...byId.values()].map(({ request }) => request),
    get: (id) => byId.get(id)?.request,
    read: (given) => {
      const requests = readRequests(given).map(withoutEnd)
      const seen = new Set<string>()
      for (const [index, { id }] of requests.entries()) {
        const path = ['requests', index]
        if (id === undefined) throw invalid(path, 'has no id')
        if (seen.has(id)) throw invalid([...path, 'id'], `is ${id} a second time`)
        seen.add(id)
      }
      return requests
    },
    expect: (requests) => {
      for (const request of requests) {
        const { id, count } = request
        if (id === undefined || isPlain(request) || byId.has(id)) continue
        byId.set(id, { request, members: new Set() })
        log.request(id)
        if (count !== undefined) groups += 1
      }
    },
    settle: (requests) => {
      for (const { id } of requests) {
        const held = id === undefined ? undefined : byId.get(id)
        if (id === undefined || held?.members.size !== 0) continue
        byId.delete(id)
        log.request(id)
        if (held.request.count !== undefined) groups -= 1
      }
    },
    find: (id) => (id === null || byId.size === 0 ? null : (heldBy(id)?.request ?? null)),
    enter: (id, asked) => {
      if (asked === null || asked.id === undefined) return
      let held = byId.get(asked.id)
      if (held === undefined) {
        held = { request: asked, members: new Set() }
        byId.set(asked.id, held)
        log.request(asked.id)
        if (asked.count !== undefined) groups += 1
      }
      held.members.add(id)
    },
    leave: (id, asked) => {
      if (asked === null || asked.id === undefined) return
      const held = byId.get(asked.id)
      held?.members.delete(id)
      if (held?.members.size !== 0) return
      byId.delete(asked.id)
      log.request(asked.id)
      if (asked.count !== undefined) groups -= 1
    },
    membersOf: (id) => {
      const held = byId.get(id)
      if (held === undefined || held.request.count === undefined) return null
      return [...held.members].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    },
    isGroup: (id) => byId.get(id)?.request.count !== undefined,
    owns: (id) => groups > 0 && (byId.get(id)?.request.count !== undefined || groupOf(id) !== null),
  }
}
