import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Tables } from '../tables/tables.js'
import {
  createDeviceFitter,
  type DeviceFitter,
  type DeviceSize,
  mostDevices,
  mostSearched,
} from './device-fitter.js'
import type { WantedSize } from './would-fit.js'

/**
 * Devices (by position in the sizes of the request) and pinned instances that do not fit together.
 */
export interface ConflictingPart {
  readonly counts: readonly number[]
  readonly pinned: readonly CurrentInstance[]
}

// Enough for every request to a known GPU. On a GPU with many more places and profiles the answer may
// not be the smallest conflict, but it is still one that needs each of its parts.
const mostTrials = 50_000

/**
 * The fewest devices and pinned instances that do not fit together. Among equal ones, the one with the
 * fewest pinned instances, then with the most devices of the first sizes. The whole must be impossible.
 */
export function findConflict(
  tables: Tables,
  sizes: readonly WantedSize[],
  pinned: readonly CurrentInstance[],
): ConflictingPart {
  const fits = createPartFitter(tables, sizes, pinned)
  const whole = {
    counts: sizes.map((size) => Math.min(size.count, mostDevices(size) + 1)),
    pinned,
  }
  const reduced = leaveOutAll(whole, fits)
  const most = tables.residuals === null ? mostSearched : mostTrials
  const search = { whole, fits, most, trials: 0 }
  for (let size = 1; size <= sizeOf(reduced); size += 1) {
    for (let staying = 0; staying <= Math.min(size, pinned.length); staying += 1) {
      const found = findAmong(search, staying, size - staying)
      if (found !== null) return found
      if (search.trials > most) return reduced
    }
  }
  return reduced
}

interface Search {
  readonly whole: ConflictingPart
  readonly fits: (part: ConflictingPart) => boolean
  readonly most: number
  trials: number
}

/** The first impossible part with so many pinned instances and devices. */
function findAmong(search: Search, pinned: number, devices: number): ConflictingPart | null {
  const { whole, fits } = search
  const part = { counts: whole.counts.map(() => 0), pinned: [] as CurrentInstance[] }

  const chooseDevices = (index: number, left: number): boolean => {
    if (left === 0) {
      search.trials += 1
      return search.trials <= search.most && !fits(part)
    }
    const most = whole.counts[index]
    if (most === undefined) return false
    for (let count = Math.min(left, most); count >= 0; count -= 1) {
      part.counts[index] = count
      if (chooseDevices(index + 1, left - count)) return true
    }
    part.counts[index] = 0
    return false
  }
  const choosePinned = (first: number, left: number): boolean => {
    if (left === 0) return chooseDevices(0, devices)
    for (let index = first; index + left <= whole.pinned.length; index += 1) {
      const instance = whole.pinned[index]
      if (instance === undefined) break
      part.pinned.push(instance)
      if (choosePinned(index + 1, left - 1)) return true
      part.pinned.pop()
    }
    return false
  }
  return choosePinned(0, pinned) ? part : null
}

/** Leaves out one part after the other as long as the rest stays impossible. */
function leaveOutAll(
  whole: ConflictingPart,
  fits: (part: ConflictingPart) => boolean,
): ConflictingPart {
  let part = whole
  for (const instance of whole.pinned) {
    const less = { ...part, pinned: part.pinned.filter((other) => other !== instance) }
    if (!fits(less)) part = less
  }
  for (const index of whole.counts.keys()) {
    for (let left = at(whole.counts, index); left > 0; left -= 1) {
      const less = { ...part, counts: part.counts.with(index, left - 1) }
      if (fits(less)) break
      part = less
    }
  }
  return part
}

function sizeOf({ counts, pinned }: ConflictingPart): number {
  return counts.reduce((sum, count) => sum + count, 0) + pinned.length
}

/** One fitter for each set of pinned instances. */
function createPartFitter(
  tables: Tables,
  sizes: readonly DeviceSize[],
  all: readonly CurrentInstance[],
): (part: ConflictingPart) => boolean {
  const fitters = new Map<number, DeviceFitter>()
  const bitOf = new Map(all.map((instance, position) => [instance, 2 ** position]))
  return ({ counts, pinned }) => {
    let key = 0
    for (const instance of pinned) key += bitOf.get(instance) ?? 0
    let fitter = fitters.get(key)
    if (fitter === undefined) {
      fitter = createDeviceFitter(tables, sizes, [...pinned])
      fitters.set(key, fitter)
    }
    return fitter.fits(counts)
  }
}
