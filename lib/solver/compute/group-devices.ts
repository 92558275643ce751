import type { Partition } from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { checkIsDevices, checkIsPartition } from '../tables/check-input.js'
import { countSlices } from '../tables/compute-table.js'
import { type CompiledProfile, profileWith, type Tables } from '../tables/tables.js'
import { type Filling, listChoices, listFillings, packComputeInstances } from './compute-packing.js'

/** The new GPU instances that devices need. */
export interface DeviceGroups {
  /**
   * GPU instances by profile position. If the GPU cannot take the devices, more than it can take.
   */
  readonly counts: readonly number[]
  /**
   * The fillings of GPU instances with partial compute instances, by profile position; null: there are
   * none.
   */
  readonly fillings: ReadonlyMap<number, readonly Filling[]> | null
}

/**
 * Groups devices into the fewest new GPU instances. A full compute instance has its own. Throws
 * `MIG_SOLVER_INPUT` for a value that is no partition, a size that the GPU does not have, and a count
 * that is not a whole number from 0.
 */
export function groupDevices(tables: Tables, partition: Partition): DeviceGroups {
  const counts = new Array<number>(tables.profiles.length).fill(0)
  let partial: Map<number, number[]> | null = null
  checkIsPartition(partition)
  const { length } = partition
  for (let index = 0; index < length; index += 1) {
    const devices = partition[index]
    checkIsDevices(devices)
    const { profileId, sliceCount, count } = devices
    const profile = tables.profileById.get(profileId) ?? profileWith(tables, profileId)
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The count of a partition's entry must be a whole number from 0, not ${count}.`,
      )
    }
    if (sliceCount === profile.profile.sliceCount) {
      counts[profile.position] = (counts[profile.position] ?? 0) + count
      continue
    }
    const { sizes } = profile.compute
    const size = sizes.findIndex((entry) => entry.sliceCount === sliceCount)
    if (size < 0) {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `${profile.profile.name} has no compute instance of ${sliceCount} slices; it has ${sizes.map((entry) => entry.sliceCount).join(', ')}.`,
      )
    }
    partial ??= new Map()
    const wanted = partial.get(profile.position) ?? sizes.map(() => 0)
    wanted[size] = (wanted[size] ?? 0) + count
    partial.set(profile.position, wanted)
  }
  return { counts, fillings: partial === null ? null : packPartial(tables, partial, counts) }
}

function packPartial(
  { profiles }: Tables,
  partial: ReadonlyMap<number, readonly number[]>,
  counts: number[],
): ReadonlyMap<number, readonly Filling[]> {
  const fillings = new Map<number, readonly Filling[]>()
  for (const profile of profiles) {
    const wanted = partial.get(profile.position)
    if (wanted === undefined) continue
    const packed = packFewest(profile, wanted)
    if (packed !== null) fillings.set(profile.position, packed)
    counts[profile.position] =
      (counts[profile.position] ?? 0) +
      (packed?.length ?? Math.max(profile.maximum + 1, fewestBySlices(profile, wanted)))
  }
  return fillings
}

/** Null: they need more GPU instances than the GPU can take. */
function packFewest(
  profile: CompiledProfile,
  wanted: readonly number[],
): readonly Filling[] | null {
  const first = fewestBySlices(profile, wanted)
  if (first === 0) return []
  if (first > profile.maximum) return null
  const choices = listChoices(listFillings(profile.compute, wanted), { cells: [], pinned: [] })
  for (let count = first; count <= profile.maximum; count += 1) {
    const packing = packComputeInstances(
      Array.from({ length: count }, () => choices),
      wanted,
    )
    if (packing !== null) return packing.fillings
  }
  return null
}

function fewestBySlices(profile: CompiledProfile, wanted: readonly number[]): number {
  return Math.ceil(countSlices(profile.compute.sizes, wanted) / profile.profile.sliceCount)
}
