import type { FleetRequest } from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import { checkForm, requireList } from './check-form.js'
import { findRepeatedId } from './distinct-ids.js'
import { requestForm } from './forms.js'
import { invalid } from './invalid.js'
import { readMemberName } from './member-name.js'

/** A checked copy of a request. Throws `MIG_FLEET_INVALID` for a request that is invalid on any fleet. */
export function readRequest(given: FleetRequest, path: readonly (string | number)[]): FleetRequest {
  const request = copyPlain(given)
  if (isPlainRequest(request)) return request
  checkForm(request, requestForm, path)
  const { profile, need, wholeGpu } = request
  const kinds =
    Number(profile !== undefined) + Number(need !== undefined) + Number(wholeGpu !== undefined)
  if (kinds !== 1) throw invalid(path, 'needs exactly one of profile, need and wholeGpu')
  return request
}

/** Most requests have a profile by name and no more than an id. A check of each rule is not needed for these. */
function isPlainRequest(request: unknown): boolean {
  if (typeof request !== 'object' || request === null) return false
  for (const name in request) if (name !== 'profile' && name !== 'id') return false
  const { profile, id }: { profile?: unknown; id?: unknown } = request
  return typeof profile === 'string' && (id === undefined || (typeof id === 'string' && id !== ''))
}

/** Checked copies of a list of requests. Throws `MIG_FLEET_INVALID`. */
export function readRequests(
  given: readonly FleetRequest[],
  path: readonly (string | number)[] = ['requests'],
): readonly FleetRequest[] {
  requireList(given, path)
  const { length } = given
  const requests: FleetRequest[] = []
  for (let entry = 0; entry < length; entry += 1) {
    requests.push(readRequest(given[entry] as FleetRequest, [...path, entry]))
  }
  return requests
}

/** Throws `MIG_FLEET_INVALID` for an id that two requests have, or a request and an instance on a GPU. */
export function checkIds(requests: readonly FleetRequest[], taken: ReadonlySet<string>): void {
  const repeated = findRepeatedId(requests)
  if (repeated >= 0) {
    throw invalid(['requests', repeated, 'id'], `repeats the id ${requests[repeated]?.id}`)
  }
  const groups = new Map<string, number>()
  for (const { id, count } of requests) {
    if (id !== undefined && count !== undefined) groups.set(id, count)
  }
  if (taken.size + groups.size === 0) return
  for (const [entry, { id }] of requests.entries()) {
    if (id === undefined) continue
    if (taken.has(id)) {
      throw invalid(['requests', entry, 'id'], `is ${id}, which already holds an instance`)
    }
    if (isMember(id, groups)) {
      throw invalid(
        ['requests', entry, 'id'],
        `is ${id}, the name of one member of a request with a count`,
      )
    }
  }
  if (groups.size === 0) return
  for (const id of taken) {
    if (isMember(id, groups))
      throw invalid(['requests'], `have a member ${id}, which already holds an instance`)
  }
}

/** Whether the name is that of a member of a request with a count. */
function isMember(name: string, groups: ReadonlyMap<string, number>): boolean {
  const member = readMemberName(name)
  return member !== null && member.number < (groups.get(member.id) ?? 0)
}
