import type { Partition, WantedDevices } from '../../types/solver.js'
import type { CompiledGeometry, CompiledProfile } from './compile-geometry.js'
import type { CurrentInstance } from './current-instances.js'
import type { Demand } from './demand.js'
import { countNewInstances, type PlacedProfile, placeInstances } from './place-instances.js'

export interface FittingPart {
  readonly partition: Partition
  /** GPU instances that hold it, and those that must stay. */
  readonly instances: readonly PlacedProfile[]
}

interface Entry extends WantedDevices {
  readonly profile: CompiledProfile
  readonly size: number
}

/**
 * The part of a partition that fits beside the pinned instances: the most devices, of those the most
 * compute slices, of those the most of the entries that come first. Entries that the GPU does not
 * have are left out.
 */
export function findFittingPart(
  geometry: CompiledGeometry,
  partition: Partition,
  pinned: readonly CurrentInstance[],
): FittingPart {
  const entries = matchEntries(geometry, partition)
  const place = memoizedPlacer(geometry, pinned)
  const chosen = entries.map(() => 0)
  let best = [...chosen]
  let instances = place(entries, chosen) ?? []
  let most = { devices: 0, slices: 0 }

  const choose = (index: number, devices: number, slices: number): void => {
    if (devices > most.devices || (devices === most.devices && slices > most.slices)) {
      most = { devices, slices }
      best = [...chosen]
      instances = place(entries, chosen) ?? []
    }
    const entry = entries[index]
    if (entry === undefined) return
    const bound = boundOpen(entries.slice(index), geometry.computeSlices - slices)
    const order = devices + bound.devices - most.devices || slices + bound.slices - most.slices
    if (order <= 0) return
    for (let count = entry.count; count >= 0; count -= 1) {
      chosen[index] = count
      if (place(entries, chosen) !== null) {
        choose(index + 1, devices + count, slices + count * entry.sliceCount)
      }
    }
    chosen[index] = 0
  }
  choose(0, 0, 0)
  return {
    partition: entries.flatMap(({ profileId, sliceCount }, index) => {
      const count = best[index] ?? 0
      return count > 0 ? [{ profileId, sliceCount, count }] : []
    }),
    instances,
  }
}

/** Counts are cut to what the GPU could ever hold, so that a wild count costs no time. */
function matchEntries(geometry: CompiledGeometry, partition: Partition): readonly Entry[] {
  return partition.flatMap((wanted) => {
    const profile = geometry.profileById.get(wanted.profileId)
    if (profile === undefined) return []
    const size = profile.compute.sizes.findIndex((entry) => entry.sliceCount === wanted.sliceCount)
    const most = profile.maximum * (profile.compute.sizes[size]?.maximum ?? 0)
    return size < 0 ? [] : [{ ...wanted, count: Math.min(wanted.count, most), profile, size }]
  })
}

/** No more devices and slices than these can still be added. */
function boundOpen(
  entries: readonly Entry[],
  slicesLeft: number,
): { readonly devices: number; readonly slices: number } {
  let devices = 0
  let left = slicesLeft
  let slices = 0
  for (const entry of [...entries].sort((a, b) => a.sliceCount - b.sliceCount)) {
    const count = Math.max(0, Math.min(entry.count, Math.floor(left / entry.sliceCount)))
    devices += count
    left -= count * entry.sliceCount
    slices += entry.count * entry.sliceCount
  }
  return { devices, slices: Math.max(0, Math.min(slices, slicesLeft)) }
}

/** Whether devices fit depends only on how many GPU instances of each profile they need. */
function memoizedPlacer(
  geometry: CompiledGeometry,
  pinned: readonly CurrentInstance[],
): (entries: readonly Entry[], chosen: readonly number[]) => readonly PlacedProfile[] | null {
  const fixed = pinned.map(({ profile, place }) => ({ profile, place }))
  const placings = new Map<string, readonly PlacedProfile[] | null>()
  const newInstances = new Map<string, number>()

  const countNew = (profile: CompiledProfile, counts: readonly number[]): number => {
    const staying = pinned.filter((instance) => instance.profile === profile)
    const demand: Demand = { profile, counts: withPinned(counts, staying) }
    const key = `${profile.position}:${demand.counts.join()}`
    let count = newInstances.get(key)
    if (count === undefined) {
      count = countNewInstances(demand, staying)
      newInstances.set(key, count)
    }
    return count
  }
  return (entries, chosen) => {
    const counts = geometry.profiles.map((profile) => {
      const sizes = profile.compute.sizes.map(() => 0)
      for (const [index, entry] of entries.entries()) {
        if (entry.profile === profile) sizes[entry.size] = chosen[index] ?? 0
      }
      return sizes.some((count) => count > 0) ? countNew(profile, sizes) : 0
    })
    const key = counts.join()
    let placing = placings.get(key)
    if (placing === undefined) {
      const possible = counts.every((count) => count >= 0 && Number.isFinite(count))
      placing = possible ? placeInstances(geometry, counts, fixed) : null
      placings.set(key, placing)
    }
    return placing
  }
}

/** What is pinned is there, wanted or not. */
function withPinned(
  counts: readonly number[],
  staying: readonly CurrentInstance[],
): readonly number[] {
  return counts.map((count, size) =>
    Math.max(
      count,
      staying.reduce(
        (sum, { contents }) => sum + contents.pinned.filter((cell) => cell.size === size).length,
        0,
      ),
    ),
  )
}
