import type { FleetRequest } from '../../../types/fleet/pack.js'
import { invalid } from '../model/invalid.js'
import { memberName, readMemberName } from '../model/member-name.js'
import type { Holdings } from './holdings.js'

/** Throws `MIG_FLEET_INVALID` where the id of a request, or one that its count makes, is in use. */
export function requireFreeNames(holdings: Holdings, { id, count }: FleetRequest): void {
  if (id === undefined) return
  if (holdings.has(id)) {
    throw invalid(['request', 'id'], `is ${id}, which holds an instance already`)
  }
  const taken = count === undefined ? null : findTakenMember(holdings, id, count)
  if (taken !== null) {
    throw invalid(['request', 'id'], `makes ${taken}, which holds an instance already`)
  }
}

/**
 * One of the names `<id>/0`, `<id>/1`, … of a request with a count that is in use; null: none is. It takes
 * no longer for a count that no fleet can hold.
 */
export function findTakenMember(holdings: Holdings, id: string, count: number): string | null {
  if (count <= holdings.count()) {
    for (let number = 0; number < count; number += 1) {
      const name = memberName(id, number)
      if (holdings.has(name)) return name
    }
    return null
  }
  for (const { request, asked } of holdings.all()) {
    for (const name of [request, asked?.id]) {
      if (typeof name === 'string' && isMember(name, id, count)) return name
    }
  }
  return null
}

function isMember(name: string, id: string, count: number): boolean {
  const member = readMemberName(name)
  return member?.id === id && member.number < count
}

export function listMembers(id: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => memberName(id, number))
}

/** Gives ids to requests that have none. */
export interface RequestNamer {
  readonly idOf: (request: FleetRequest) => string
  /** The last number given. */
  readonly last: () => number
}

export function createRequestNamer(holdings: Holdings, first: number): RequestNamer {
  let last = first
  return {
    idOf: ({ id, count }) => {
      if (id !== undefined) return id
      for (;;) {
        const name = `request-${++last}`
        const isTaken =
          holdings.has(name) ||
          (count !== undefined && findTakenMember(holdings, name, count) !== null)
        if (!isTaken) return name
      }
    },
    last: () => last,
  }
}
