import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import { isMigError, MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { formatPath } from '../../model/document-path.js'
import { findNamedProfile } from '../../model/nvml-profile-name.js'
import { listNeeds } from '../../solver/placing/choose-profile.js'
import type { CompiledProfile, Tables } from '../../solver/tables/tables.js'
import type { FleetModel, FleetModels } from './fleet-model.js'
import { invalid } from './invalid.js'

/**
 * The profiles that serve a request, by model: positions in `tables.profiles`, the best first (fewest
 * memory units, fewest compute slices, least memory, order of the geometry). A profile that an earlier one
 * can always replace is left out. A whole GPU is position `tables.profiles.length`, on every model.
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

/** The same, without leaving any profile out. */
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
    throw invalid([...path, 'need'], `is invalid: ${error.message}`)
  }
}

function findNamed(
  models: readonly FleetModel[],
  wanted: string | number,
  path: readonly (string | number)[],
): readonly (readonly number[])[] {
  const options = models.map(({ tables }) => {
    const position = positionOf(tables, wanted)
    return position < 0 ? [] : [position]
  })
  if (models.length > 0 && options.every((each) => each.length === 0)) {
    const names = models.flatMap(({ tables }) => tables.profiles.map(({ profile }) => profile.name))
    const known = [...new Set(names)].join(', ')
    throw new MigError(
      'MIG_PROFILE_UNKNOWN',
      `${formatPath(path)}: no GPU of the fleet has a profile ${wanted}; they have ${known}.`,
      { issues: [{ path: [...path, 'profile'], message: `unknown profile ${wanted}` }] },
    )
  }
  return options
}

const known = new WeakMap<Tables, Map<string, number>>()

/** Position of a profile by its id, or by its name as a configuration understands it; -1: there is none. */
export function positionOf(tables: Tables, wanted: string | number): number {
  const { profiles } = tables
  if (typeof wanted === 'number') return profiles.findIndex(({ profile }) => profile.id === wanted)
  const ofTables = cached(known, tables, () => new Map<string, number>())
  const before = ofTables.get(wanted)
  if (before !== undefined) return before
  const named = findNamedProfile(
    profiles.map(({ profile }) => profile),
    wanted,
    null,
  )
  const position = profiles.findIndex(({ profile }) => profile === named)
  // Names that no profile has are without number.
  if (position >= 0) ofTables.set(wanted, position)
  return position
}

function compareProfiles(a: CompiledProfile, b: CompiledProfile): number {
  return (
    a.unitCount - b.unitCount ||
    a.profile.sliceCount - b.profile.sliceCount ||
    a.profile.memoryMiB - b.profile.memoryMiB ||
    a.position - b.position
  )
}

/** Whether an instance of the one profile fits wherever one of the other does. */
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
