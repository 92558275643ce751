import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import { isMigError, MigError } from '../../errors.js'
import { copyPlain } from '../../model/copy-plain.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import { listNeeds } from '../../solver/placing/choose-profile.js'
import type { CompiledProfile, Tables } from '../../solver/tables/tables.js'
import { checkForm, requireList } from './check-form.js'
import { findRepeatedId } from './distinct-ids.js'
import type { FleetModel, FleetModels } from './fleet-model.js'
import { invalid } from './invalid.js'
import { readMemberName } from './member-name.js'
import { requestForm } from './request-form.js'

/** A copy of a request. Throws `MIG_FLEET_INVALID` for what makes no sense on any fleet. */
export function readRequest(given: FleetRequest, path: readonly (string | number)[]): FleetRequest {
  const request = copyPlain(given)
  checkForm(request, requestForm, path)
  const { profile, need, wholeGpu } = request
  const kinds =
    Number(profile !== undefined) + Number(need !== undefined) + Number(wholeGpu !== undefined)
  if (kinds !== 1) throw invalid(path, 'has not exactly one of profile, need and wholeGpu')
  return request
}

/** Copies of a list of requests. Throws `MIG_FLEET_INVALID`. */
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

/** No two with one id, nor with one of the instances that are there. */
export function checkIds(requests: readonly FleetRequest[], taken: ReadonlySet<string>): void {
  const repeated = findRepeatedId(requests)
  if (repeated >= 0) {
    throw invalid(['requests', repeated, 'id'], `is ${requests[repeated]?.id} a second time`)
  }
  const groups = new Map<string, number>()
  for (const { id, count } of requests) {
    if (id !== undefined && count !== undefined) groups.set(id, count)
  }
  if (taken.size + groups.size === 0) return
  for (const [entry, { id }] of requests.entries()) {
    if (id === undefined) continue
    if (taken.has(id)) {
      throw invalid(['requests', entry, 'id'], `is ${id}, which holds an instance already`)
    }
    if (isMember(id, groups)) {
      throw invalid(['requests', entry, 'id'], `is ${id}, as is one of a request with a count`)
    }
  }
  if (groups.size === 0) return
  for (const id of taken) {
    if (isMember(id, groups))
      throw invalid(['requests'], `make ${id}, which holds an instance already`)
  }
}

/** Whether it is the name of one of several. */
function isMember(name: string, groups: ReadonlyMap<string, number>): boolean {
  const member = readMemberName(name)
  return member !== null && member.number < (groups.get(member.id) ?? 0)
}

/**
 * The profiles that serve a request, by model: positions in `tables.profiles`, the best first (fewest
 * memory units, fewest compute slices, least memory, order of the geometry). Left out are those in whose
 * stead an earlier one always fits. A whole GPU is position `tables.profiles.length`, on every model.
 *
 * Throws `MIG_PROFILE_UNKNOWN` where no model has the profile, `MIG_FLEET_INVALID` for a need that is no
 * whole number.
 */
export function findOptions(
  models: FleetModels,
  request: FleetRequest,
  path: readonly (string | number)[],
): readonly (readonly number[])[] {
  const serving = listServing(models, request, path)
  if (request.need === undefined) return serving
  return models.list.map(({ number, tables }) =>
    withoutReplaceable(
      tables,
      (serving[number] ?? []).flatMap((position) => tables.profiles[position] ?? []),
    ),
  )
}

/** The same with every profile that serves. */
export function listServing(
  { list }: FleetModels,
  request: FleetRequest,
  path: readonly (string | number)[],
): readonly (readonly number[])[] {
  if (request.wholeGpu === true) return list.map(({ tables }) => [tables.profiles.length])
  if (request.profile !== undefined) return findNamed(list, request.profile, path)
  try {
    const needs = listNeeds(request.need ?? {})
    const serves = (profile: GpuInstanceProfile): boolean =>
      needs.every(({ of, wanted }) => of(profile) >= wanted)
    return list.map(({ tables }) =>
      tables.profiles
        .filter(({ profile }) => serves(profile))
        .sort(compareProfiles)
        .map(({ position }) => position),
    )
  } catch (error) {
    if (!isMigError(error)) throw error
    throw invalid([...path, 'need'], `makes no sense: ${error.message}`)
  }
}

function findNamed(
  models: readonly FleetModel[],
  wanted: string | number,
  path: readonly (string | number)[],
): readonly (readonly number[])[] {
  const name = typeof wanted === 'string' ? normaliseProfileName(wanted) : null
  const options = models.map(({ tables }) =>
    tables.profiles
      .filter(({ profile }) =>
        name === null ? profile.id === wanted : normaliseProfileName(profile.name) === name,
      )
      .map(({ position }) => position),
  )
  if (models.length > 0 && options.every((each) => each.length === 0)) {
    const names = models.flatMap(({ tables }) => tables.profiles.map(({ profile }) => profile.name))
    const known = [...new Set(names)].join(', ')
    const where = `requests${path.map((part) => `[${part}]`).join('')}`
    throw new MigError(
      'MIG_PROFILE_UNKNOWN',
      `${typeof path[0] === 'string' ? path.join('.') : where}: no GPU of the fleet has a profile ${wanted}; they have ${known}.`,
      { issues: [{ path: [...path, 'profile'], message: `unknown profile ${wanted}` }] },
    )
  }
  return options
}

function compareProfiles(a: CompiledProfile, b: CompiledProfile): number {
  return (
    a.unitCount - b.unitCount ||
    a.profile.sliceCount - b.profile.sliceCount ||
    a.profile.memoryMiB - b.profile.memoryMiB ||
    a.position - b.position
  )
}

/** Whether the one always fits in the stead of the other. */
export function mayReplace(
  { limits }: Tables,
  one: CompiledProfile | undefined,
  other: CompiledProfile | undefined,
): boolean {
  if (one === undefined || other === undefined) return false
  return (
    other.placements.every((there) =>
      one.placements.some(({ mask }) => (mask & ~there.mask) === 0),
    ) &&
    limits.every(({ amounts }) => (amounts[one.position] ?? 0) <= (amounts[other.position] ?? 0))
  )
}

function withoutReplaceable(
  tables: Tables,
  profiles: readonly CompiledProfile[],
): readonly number[] {
  const kept: CompiledProfile[] = []
  for (const profile of profiles) {
    if (!kept.some((better) => mayReplace(tables, better, profile))) kept.push(profile)
  }
  return kept.map(({ position }) => position)
}
