import type { Layout, Partition, WantedDevices } from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { checkLayoutShape, checkPartitionShape } from '../tables/check-input.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'

/** What is wanted of one profile. */
export interface Demand {
  readonly profile: CompiledProfile
  /** Compute instances wanted of each of `profile.compute.sizes`. */
  readonly counts: readonly number[]
}

/** Equal entries added up, those with count 0 dropped; in the order in which they first appear. */
export function normalizePartition(partition: Partition): Partition {
  checkPartitionShape(partition)
  const entries = new Map<string, { -readonly [K in keyof WantedDevices]: WantedDevices[K] }>()
  for (const { profileId, sliceCount, count } of partition) {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new MigError('MIG_SOLVER_INPUT', `A partition cannot want ${count} devices.`)
    }
    if (count === 0) continue
    if (typeof profileId !== 'number' || typeof sliceCount !== 'number') {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `A partition names profiles and compute slices by number, not ${typeof profileId} and ${typeof sliceCount}.`,
      )
    }
    const key = `${profileId}:${sliceCount}`
    const entry = entries.get(key)
    if (entry === undefined) entries.set(key, { profileId, sliceCount, count })
    else entry.count += count
  }
  return [...entries.values()]
}

/** The partition that a layout makes. Bare GPU instances are no devices and do not count. */
export function partitionOf(layout: Layout): Partition {
  checkLayoutShape(layout)
  return normalizePartition(
    layout.flatMap(({ profileId, computeInstances }) =>
      computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
    ),
  )
}

/** Whether two partitions want the same devices, in whatever order. */
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

/** Every entry must name a profile of the geometry and a compute size that it has. */
export function collectDemands(
  tables: Tables,
  partition: Partition,
): ReadonlyMap<CompiledProfile, Demand> {
  const demands = new Map<CompiledProfile, { profile: CompiledProfile; counts: number[] }>()
  for (const { profileId, sliceCount, count } of partition) {
    const profile = tables.profileById.get(profileId)
    if (profile === undefined) throw new RangeError(`no profile ${profileId}`)
    let demand = demands.get(profile)
    if (demand === undefined) {
      demand = { profile, counts: profile.compute.sizes.map(() => 0) }
      demands.set(profile, demand)
    }
    const size = profile.compute.sizes.findIndex((entry) => entry.sliceCount === sliceCount)
    if (size < 0) throw new RangeError(`no size of ${sliceCount} slices in ${profile.profile.name}`)
    demand.counts[size] = (demand.counts[size] ?? 0) + count
  }
  return demands
}

export function countDevices(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
