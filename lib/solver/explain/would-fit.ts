import type { Partition } from '../../../types/solver/layout.js'
import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Tables } from '../tables/tables.js'
import {
  createDeviceFitter,
  type DeviceSize,
  mostDevices,
  mostSearched,
  toWanted,
} from './device-fitter.js'
import type { PlacedProfile } from './place-instances.js'

// Enough for every known GPU, as in `findConflict`.
const mostTrials = 50_000

export interface FittingPart {
  readonly partition: Partition
  /** GPU instances that hold it, and the pinned ones. */
  readonly instances: readonly PlacedProfile[]
}

/** How many devices of one size a request wants. */
export interface WantedSize extends DeviceSize {
  readonly count: number
}

/** The entries of a partition that this GPU has, in their order. */
export function matchSizes(tables: Tables, partition: Partition): readonly WantedSize[] {
  return partition.flatMap(({ profileId, sliceCount, count }) => {
    const profile = tables.profileById.get(profileId)
    if (profile === undefined) return []
    const size = profile.compute.sizes.findIndex((entry) => entry.sliceCount === sliceCount)
    return size < 0 ? [] : [{ profile, size, sliceCount, count }]
  })
}

/**
 * The part of the wanted devices that fits beside the pinned instances. It has the most devices, then
 * the most compute slices, then the most devices of the first sizes.
 */
export function findFittingPart(
  tables: Tables,
  sizes: readonly WantedSize[],
  pinned: readonly CurrentInstance[],
): FittingPart {
  // Counts are limited to what the GPU can ever hold, so that a huge count costs no time.
  const entries = sizes.map((size) => ({ ...size, count: Math.min(size.count, mostDevices(size)) }))
  const fitter = createDeviceFitter(tables, entries, pinned)
  const chosen = entries.map(() => 0)
  let best = [...chosen]
  let trialsLeft = tables.residuals === null ? mostSearched : mostTrials
  let most = { devices: 0, slices: 0 }

  const choose = (index: number, devices: number, slices: number): void => {
    if (devices > most.devices || (devices === most.devices && slices > most.slices)) {
      most = { devices, slices }
      best = [...chosen]
    }
    const entry = entries[index]
    if (entry === undefined) return
    const bound = boundOpen(entries.slice(index), tables.computeSlices - slices)
    const order = devices + bound.devices - most.devices || slices + bound.slices - most.slices
    if (order <= 0) return
    for (let count = entry.count; count >= 0; count -= 1) {
      chosen[index] = count
      trialsLeft -= 1
      if (trialsLeft >= 0 && fitter.fits(chosen)) {
        choose(index + 1, devices + count, slices + count * entry.sliceCount)
      }
    }
    chosen[index] = 0
  }
  choose(0, 0, 0)
  return {
    partition: entries.flatMap((entry, index) => {
      const count = at(best, index)
      return count > 0 ? [toWanted(entry, count)] : []
    }),
    instances: fitter.place(best) ?? [],
  }
}

/** An upper bound on the devices and slices that can still be added. */
function boundOpen(
  entries: readonly WantedSize[],
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
