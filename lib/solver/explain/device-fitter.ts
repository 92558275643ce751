import type { WantedDevices } from '../../../types/solver/layout.js'
import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import { canAdd } from '../placing/can-add.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'
import {
  countNewInstances,
  type PlacedProfile,
  placeInstances,
  stateOfPlaces,
} from './place-instances.js'

/** Limits the trials on a GPU too large for tables, where each trial is a search. */
export const mostSearched = 250

/** A size of MIG device: a size of compute instance in GPU instances of one profile. */
export interface DeviceSize {
  readonly profile: CompiledProfile
  /** Position in `profile.compute.sizes`. */
  readonly size: number
  readonly sliceCount: number
}

/** Whether and where devices (by position in a list of sizes) fit beside pinned GPU instances and in them. */
export interface DeviceFitter {
  readonly fits: (counts: readonly number[]) => boolean
  /**
   * GPU instances that hold at least these devices, the pinned ones first. Null: there are no such
   * places.
   */
  readonly place: (counts: readonly number[]) => readonly PlacedProfile[] | null
}

/** Decides by the number of GPU instances of each profile that the devices need. */
export function createDeviceFitter(
  tables: Tables,
  sizes: readonly DeviceSize[],
  pinned: readonly CurrentInstance[],
): DeviceFitter {
  const fixed = pinned.map(({ profile, place }) => ({ profile, place }))
  const state = stateOfPlaces(tables, fixed)
  const counters = groupByProfile(sizes).map(({ profile, indexes }) => ({
    profile,
    count: createInstanceCounter(profile, sizes, indexes, pinned),
  }))
  /** Null: the pinned contents leave no way, wherever the new GPU instances are. */
  const countNeeded = (counts: readonly number[]): readonly number[] | null => {
    const needed = tables.profiles.map(() => 0)
    for (const { profile, count } of counters) {
      const instances = count(counts)
      if (!Number.isFinite(instances)) return null
      needed[profile.position] = Math.max(0, instances)
    }
    return needed
  }
  return {
    fits: (counts) => {
      const needed = state === null ? null : countNeeded(counts)
      return state !== null && needed !== null && canAdd(tables, state, needed)
    },
    place: (counts) => {
      const needed = countNeeded(counts)
      return needed === null ? null : placeInstances(tables, needed, fixed)
    },
  }
}

/**
 * How many devices of one size an empty GPU holds at most, by the limits of their profile alone.
 */
export function mostDevices({ profile, size }: DeviceSize): number {
  return profile.maximum * at(profile.compute.sizes, size).maximum
}

export function toWanted({ profile, sliceCount }: DeviceSize, count: number): WantedDevices {
  return { profileId: profile.profile.id, sliceCount, count }
}

/** How many compute instances of one size must stay in the pinned GPU instances. */
export function countPinned(
  { profile, size }: DeviceSize,
  pinned: readonly CurrentInstance[],
): number {
  let count = 0
  for (const instance of pinned) {
    if (instance.profile !== profile) continue
    for (const cell of instance.contents.pinned) if (cell.size === size) count += 1
  }
  return count
}

/** How many new GPU instances of one profile the devices need. */
function createInstanceCounter(
  profile: CompiledProfile,
  sizes: readonly DeviceSize[],
  indexes: readonly number[],
  pinned: readonly CurrentInstance[],
): (counts: readonly number[]) => number {
  const staying = pinned.filter((instance) => instance.profile === profile)
  const fixed = profile.compute.sizes.map((_, size) =>
    countPinned({ profile, size, sliceCount: 0 }, staying),
  )
  const known = new Map<number | string, number>()
  return (counts) => {
    let total = 0
    for (const index of indexes) total += counts[index] ?? 0
    if (total === 0) return 0
    const key = indexes.length === 1 ? total : indexes.map((index) => counts[index] ?? 0).join()
    let count = known.get(key)
    if (count === undefined) {
      // Pinned instances are there whether they are wanted or not.
      const bySize = [...fixed]
      for (const index of indexes) {
        const { size } = at(sizes, index)
        bySize[size] = Math.max(at(bySize, size), at(counts, index))
      }
      count = countNewInstances({ profile, counts: bySize }, staying)
      known.set(key, count)
    }
    return count
  }
}

function groupByProfile(
  sizes: readonly DeviceSize[],
): readonly { readonly profile: CompiledProfile; readonly indexes: readonly number[] }[] {
  return [...new Set(sizes.map(({ profile }) => profile))].map((profile) => ({
    profile,
    indexes: sizes.flatMap((size, index) => (size.profile === profile ? [index] : [])),
  }))
}
