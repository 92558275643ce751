import type { NearestPartition } from '../../../types/solver/explain.js'
import type { Partition } from '../../../types/solver/layout.js'
import { at, sum } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Tables } from '../tables/tables.js'
import {
  countPinned,
  createDeviceFitter,
  type DeviceSize,
  mostDevices,
  mostSearched,
} from './device-fitter.js'
import { type Candidate, measureCandidate, pickNearest } from './rank-nearest.js'
import type { FittingPart, WantedSize } from './would-fit.js'

// A known GPU needs a few hundred. On a GPU with many more profiles, the answers are the best of those
// tried: each fits and changes the fewest devices.
const mostTrials = 20_000

/** The wanted devices, and how many of them fit. */
export interface Request {
  /** Wanted sizes that the GPU has. */
  readonly sizes: readonly WantedSize[]
  /** Wanted sizes that it does not have. */
  readonly absent: Partition
  /** The largest part of it that fits. */
  readonly part: FittingPart
}

/**
 * The partitions that fit beside the pinned instances and change the fewest devices. A change drops a
 * wanted device, replaces it by another size, or adds a pinned device that is not wanted.
 */
export function findNearest(
  tables: Tables,
  { sizes: wanted, absent, part }: Request,
  pinned: readonly CurrentInstance[],
  answers: number,
): readonly NearestPartition[] {
  const sizes = listSizes(tables, wanted, pinned)
  const request = sizes.map((_, index) => wanted[index]?.count ?? 0)
  const forced = sizes.map((size) => countPinned(size, pinned))
  const missing = sum(request) - part.partition.reduce((total, { count }) => total + count, 0)
  const unwanted = sum(forced.map((count, index) => Math.max(0, count - at(request, index))))
  const strange = sum(absent.map(({ count }) => count))
  const fewest = Math.max(missing + strange, unwanted)
  // A pinned GPU instance without compute instances needs a device in it, which may be one more change.
  for (let changed = fewest; changed <= fewest + pinned.length; changed += 1) {
    const most = { missing: changed - strange, extra: changed }
    const found = listCandidates(tables, { sizes, request, forced, pinned }, most)
    if (found.length > 0) return pickNearest(found, { sizes, request, absent }, answers)
  }
  // The search found nothing, or stopped early: answer with the part that fits and the pinned instances.
  const counts = sizes.map(({ profile, sliceCount }, index) => {
    const there = part.partition.find(
      (each) => each.profileId === profile.profile.id && each.sliceCount === sliceCount,
    )
    return Math.max(at(forced, index), there?.count ?? 0)
  })
  const possible =
    fillsPinned(sizes, counts, pinned) && createDeviceFitter(tables, sizes, pinned).fits(counts)
  const found = possible ? [measureCandidate(sizes, counts)] : []
  return pickNearest(found, { sizes, request, absent }, answers)
}

/** The wanted sizes, the full device of each other profile, and the pinned sizes. */
function listSizes(
  tables: Tables,
  wanted: readonly WantedSize[],
  pinned: readonly CurrentInstance[],
): readonly DeviceSize[] {
  const sizes: DeviceSize[] = wanted.map(({ profile, size, sliceCount }) => ({
    profile,
    size,
    sliceCount,
  }))
  const add = (size: DeviceSize): void => {
    const known = sizes.some((other) => other.profile === size.profile && other.size === size.size)
    if (!known && size.size >= 0) sizes.push(size)
  }
  for (const profile of tables.profiles) {
    const { sliceCount } = profile.profile
    const size = profile.compute.sizes.findIndex((entry) => entry.sliceCount === sliceCount)
    add({ profile, size, sliceCount })
  }
  for (const { profile, contents } of pinned) {
    for (const { size } of contents.pinned) {
      add({ profile, size, sliceCount: at(profile.compute.sizes, size).sliceCount })
    }
  }
  return sizes
}

interface CandidateSearch {
  readonly sizes: readonly DeviceSize[]
  /** Wanted and pinned devices of each size. */
  readonly request: readonly number[]
  readonly forced: readonly number[]
  readonly pinned: readonly CurrentInstance[]
}

/** Every partition that fits and lacks, or adds, no more than so many devices. */
function listCandidates(
  tables: Tables,
  { sizes, request, forced, pinned }: CandidateSearch,
  most: { readonly missing: number; readonly extra: number },
): readonly Candidate[] {
  const fitter = createDeviceFitter(tables, sizes, pinned)
  const found: Candidate[] = []
  const counts = sizes.map(() => 0)
  const mostTrialsHere = tables.residuals === null ? mostSearched : mostTrials
  let trials = 0

  const choose = (index: number, missingLeft: number, extraLeft: number): void => {
    const size = sizes[index]
    if (size === undefined) {
      if (fillsPinned(sizes, counts, pinned)) found.push(measureCandidate(sizes, counts))
      return
    }
    const wanted = at(request, index)
    const least = at(forced, index)
    const top = Math.max(least, Math.min(wanted + extraLeft, mostDevices(size)))
    for (let count = top; count >= least && wanted - count <= missingLeft; count -= 1) {
      if (count - wanted > extraLeft) continue
      trials += 1
      counts[index] = count
      if (trials <= mostTrialsHere && fitter.fits(counts)) {
        const missing = Math.max(0, wanted - count)
        const extra = Math.max(0, count - wanted)
        choose(index + 1, missingLeft - missing, extraLeft - extra)
      }
    }
    counts[index] = 0
  }
  choose(0, most.missing, most.extra)
  return found
}

/** Whether each pinned GPU instance without a pinned device can get a device. */
function fillsPinned(
  sizes: readonly DeviceSize[],
  counts: readonly number[],
  pinned: readonly CurrentInstance[],
): boolean {
  return [...new Set(pinned.map(({ profile }) => profile))].every((profile) => {
    const staying = pinned.filter((instance) => instance.profile === profile)
    const bare = staying.filter(({ contents }) => contents.pinned.length === 0).length
    const fixed = sum(staying.map(({ contents }) => contents.pinned.length))
    const there = sum(counts.filter((_, index) => at(sizes, index).profile === profile))
    return there - fixed >= bare
  })
}
