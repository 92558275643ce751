import type {
  Layout,
  Partition,
  PlacedGpuInstance,
  WantedDevices,
} from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import {
  checkIsDevices,
  checkIsInstance,
  checkIsPartition,
  checkPartsShape,
  listOnce,
} from '../tables/check-input.js'
import { type CompiledProfile, profileWith, type Tables } from '../tables/tables.js'

/** What is wanted of one profile. */
export interface Demand {
  readonly profile: CompiledProfile
  /** Compute instances wanted of each of `profile.compute.sizes`. */
  readonly counts: readonly number[]
}

/** Adds up equal entries and drops those with count 0. Keeps the order of first appearance. */
export function normalizePartition(partition: Partition): Partition {
  checkIsPartition(partition)
  const entries = new Map<string, { -readonly [K in keyof WantedDevices]: WantedDevices[K] }>()
  const { length } = partition
  for (let index = 0; index < length; index += 1) {
    const devices = partition[index]
    checkIsDevices(devices)
    const { profileId, sliceCount, count } = devices
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The count of a partition's entry must be a whole number from 0, not ${count}.`,
      )
    }
    if (count === 0) continue
    if (typeof profileId !== 'number' || typeof sliceCount !== 'number') {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The profile and the compute slices of a partition's entry must be numbers, not ${typeof profileId} and ${typeof sliceCount}.`,
      )
    }
    const key = `${profileId}:${sliceCount}`
    const entry = entries.get(key)
    if (entry === undefined) entries.set(key, { profileId, sliceCount, count })
    else entry.count += count
  }
  return [...entries.values()]
}

/**
 * The partition of a layout: its devices, without placements. Bare GPU instances are no devices.
 */
export function partitionOf(layout: Layout): Partition {
  return normalizePartition(
    listOnce(layout).flatMap((instance) => {
      checkIsInstance(instance)
      const { profileId, placement, computeInstances } = instance
      const parts = listOnce(computeInstances)
      checkPartsShape(placement, parts)
      return parts.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 }))
    }),
  )
}

/** Whether two partitions have the same devices, in any order. */
export function isSamePartition(a: Partition, b: Partition): boolean {
  const left = normalizePartition(a)
  const right = normalizePartition(b)
  return (
    left.length === right.length &&
    left.every((entry) =>
      right.some(
        (other) =>
          other.profileId === entry.profileId &&
          other.sliceCount === entry.sliceCount &&
          other.count === entry.count,
      ),
    )
  )
}

/**
 * A partition without the devices that have a given place, and the given instances that it does not
 * want. Throws `MIG_SOLVER_INPUT` for a profile that the GPU does not have.
 */
export function withoutPinned(
  tables: Tables,
  partition: Partition,
  pinned: Layout,
): { readonly partition: Partition; readonly unwanted: readonly PlacedGpuInstance[] } {
  const rest = partition.map((each) => ({ ...each }))
  const unwanted = pinned.filter(({ profileId, computeInstances }) => {
    const { sliceCount } = profileWith(tables, profileId).profile
    const devices = computeInstances.length > 0 ? computeInstances : [{ sliceCount }]
    return !devices.every((device) => {
      const entry = rest.find(
        (each) =>
          each.profileId === profileId && each.sliceCount === device.sliceCount && each.count > 0,
      )
      if (entry === undefined) return false
      entry.count -= 1
      return true
    })
  })
  return { partition: rest, unwanted }
}

/** Every entry must name a profile of the geometry and a compute size that it has. */
export function collectDemands(
  tables: Tables,
  partition: Partition,
): ReadonlyMap<CompiledProfile, Demand> {
  const demands = new Map<CompiledProfile, { profile: CompiledProfile; counts: number[] }>()
  for (const { profileId, sliceCount, count } of partition) {
    const profile = tables.profileById.get(profileId)
    if (profile === undefined) throw new RangeError(`no profile ${profileId}`)
    const demand = cached(demands, profile, () => ({
      profile,
      counts: profile.compute.sizes.map(() => 0),
    }))
    const size = profile.compute.sizes.findIndex((entry) => entry.sliceCount === sliceCount)
    if (size < 0) throw new RangeError(`no size of ${sliceCount} slices in ${profile.profile.name}`)
    demand.counts[size] = at(demand.counts, size) + count
  }
  return demands
}
