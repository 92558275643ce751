import type { Geometry } from '../../../types/model/geometry.js'
import type { Partition } from '../../../types/solver/layout.js'
import { cached } from '../../model/cached.js'
import { sum } from '../../model/numbers.js'
import type { WantedSpread, WantedSpreadGpu } from '../../model/wanted.js'
import { fits } from '../../solver/placing/fits.js'

/** How many devices of each size of a spread. */
export type Counts = readonly number[]

/** What one GPU can hold of a spread. */
export interface SpreadTable {
  /** All counts that fit on it. Those that fill it most come first, and nothing comes last. */
  readonly all: readonly Counts[]
  /** Counts to which nothing can be added. */
  readonly maximal: readonly Counts[]
}

export function partitionOfCounts({ sizes }: WantedSpreadGpu, counts: Counts): Partition {
  return sizes.flatMap((size, index) => {
    const count = counts[index] ?? 0
    return size === null || count === 0 ? [] : [{ ...size, count }]
  })
}

/** A table for each GPU; equal GPUs share one. */
export function listTables({ sizes, gpus }: WantedSpread): readonly SpreadTable[] {
  const most = sizes.map(({ count }) => count)
  const known = new Map<string, SpreadTable>()
  return gpus.map((gpu) => {
    const geometry = gpu.gpu.geometry
    const key = JSON.stringify([gpu.sizes, geometry])
    return cached(known, key, () => listTable(gpu, geometry, most))
  })
}

/** Compute slices, and memory units, of one device of each size on the first GPU that has it. */
export function listWeights({ sizes, gpus }: WantedSpread): readonly Counts[] {
  const profiles = sizes.map((_, size) => {
    const first = gpus.find((gpu) => gpu.sizes[size] !== null)
    const geometry = first?.gpu.geometry
    const wanted = first?.sizes[size]
    const profile = geometry?.profiles.find(({ id }) => id === wanted?.profileId)
    return { slices: wanted?.sliceCount ?? 0, units: profile?.placements[0]?.size ?? 0, profile }
  })
  return [
    profiles.map(({ slices }) => slices),
    // Compute instances of one GPU instance share its memory, so they have no weight of their own.
    profiles.map(({ slices, units, profile }) => (slices === profile?.sliceCount ? units : 0)),
  ]
}

function listTable(gpu: WantedSpreadGpu, geometry: Geometry | null, most: Counts): SpreadTable {
  const none = most.map(() => 0)
  const found = new Map<string, Counts>([[none.join(), none]])
  const slices = gpu.sizes.map((size) => size?.sliceCount ?? 0)
  // Whatever fits also fits with less, so adding one device at a time finds all counts.
  for (const counts of found.values()) {
    for (const [size, count] of counts.entries()) {
      const more = counts.with(size, count + 1)
      if (geometry === null || gpu.sizes[size] === null || count >= (most[size] ?? 0)) continue
      if (found.has(more.join()) || !fits(geometry, [], partitionOfCounts(gpu, more)).fits) continue
      found.set(more.join(), more)
    }
  }
  const filled = (counts: Counts): number =>
    sum(counts.map((count, size) => count * (slices[size] ?? 0)))
  const all = [...found.values()].sort((a, b) => filled(b) - filled(a) || compareCounts(b, a))
  const maximal = all.filter(
    (counts) => !counts.some((count, size) => found.has(counts.with(size, count + 1).join())),
  )
  return { all, maximal }
}

function compareCounts(a: Counts, b: Counts): number {
  const differs = a.findIndex((count, size) => count !== b[size])
  return differs < 0 ? 0 : (a[differs] ?? 0) - (b[differs] ?? 0)
}

export function minus(counts: Counts, taken: Counts): Counts {
  return counts.map((count, size) => count - (taken[size] ?? 0))
}

export function isPart(part: Counts, whole: Counts): boolean {
  return part.every((count, size) => count <= (whole[size] ?? 0))
}
