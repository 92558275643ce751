import { readFileSync } from 'node:fs'
import type { Geometry } from '../../types/model/geometry.js'
import type { Layout, Partition } from '../../types/solver/layout.js'
import { geometryOf } from './geometry.js'

// A GPU of the catalog as a list of everything it can be in: each set of places is built and checked
// against the published figures of the whole GPU (its units, slices and engines), which the solver
// never sees. Nothing here comes from the solver, and nothing is done cleverly.

type RawEngines = Readonly<
  Record<`${'copyEngine' | Exclude<NaiveEngine, 'copy'>}Count`, number | null>
>

interface RawProfile extends RawEngines {
  readonly enumIndex: number
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number | null
  readonly memorySizeMB: number | null
  readonly placements: readonly { readonly start: number; readonly size: number }[] | null
}

interface RawGpu {
  readonly key: string
  readonly memorySlices: number
  readonly computeSlices: number
  readonly engines: Readonly<Record<NaiveEngine, number | null>>
  readonly gpuInstanceProfiles: readonly RawProfile[]
}

export const naiveEngines = ['copy', 'decoder', 'encoder', 'jpeg', 'ofa'] as const
export type NaiveEngine = (typeof naiveEngines)[number]

export interface NaiveProfile {
  /** Memory units of one instance. */
  readonly units: number
  readonly slices: number
  readonly most: number
  readonly memoryMiB: number
  readonly multiprocessors: number
  readonly engines: Readonly<Record<NaiveEngine, number>>
}

export interface NaiveSpot {
  /** Position in the geometry. */
  readonly profile: number
  readonly start: number
  readonly size: number
}

export interface NaiveGpu {
  readonly key: string
  readonly geometry: Geometry
  readonly units: number
  readonly slices: number
  /** Null: not published. */
  readonly engines: Readonly<Record<NaiveEngine, number | null>>
  readonly profiles: readonly NaiveProfile[]
  readonly spots: readonly NaiveSpot[]
  /** Every legal set of spots, as a bit mask over `spots`; the empty one first. */
  readonly sets: readonly number[]
}

const file = new URL('../../catalog/mig-gpus.json', import.meta.url)
const raw: { readonly gpus: readonly RawGpu[] } = JSON.parse(readFileSync(file, 'utf8'))

/** Every entry of the catalog whose places are published. */
export const naiveGpus: readonly NaiveGpu[] = raw.gpus
  .filter(({ gpuInstanceProfiles }) =>
    gpuInstanceProfiles.some(({ placements }) => (placements ?? []).length > 0),
  )
  .map(readGpu)

export const unplaceableKeys: readonly string[] = raw.gpus
  .map(({ key }) => key)
  .filter((key) => !naiveGpus.some((gpu) => gpu.key === key))

/** One of each kind: catalog entries that differ in nothing that decides what is legal are one. */
export const distinctGpus: readonly NaiveGpu[] = [
  ...new Map(
    naiveGpus
      .toReversed()
      .map((gpu) => [
        JSON.stringify([gpu.spots, gpu.profiles.map((p) => [p.slices, p.most, p.engines])]),
        gpu,
      ]),
  ).values(),
].reverse()

function readGpu(gpu: RawGpu): NaiveGpu {
  const rows = gpu.gpuInstanceProfiles.toSorted((a, b) => a.enumIndex - b.enumIndex)
  const profiles = rows.map((row) => ({
    units: row.placements?.[0]?.size ?? 0,
    slices: row.sliceCount,
    most: row.instanceCount,
    memoryMiB: row.memorySizeMB ?? 0,
    multiprocessors: row.multiprocessorCount ?? 0,
    engines: {
      copy: row.copyEngineCount ?? 0,
      decoder: row.decoderCount ?? 0,
      encoder: row.encoderCount ?? 0,
      jpeg: row.jpegCount ?? 0,
      ofa: row.ofaCount ?? 0,
    },
  }))
  const spots = rows.flatMap((row, profile) =>
    (row.placements ?? []).map(({ start, size }) => ({ profile, start, size })),
  )
  const base = {
    key: gpu.key,
    geometry: geometryOf(gpu.key),
    units: gpu.memorySlices,
    slices: gpu.computeSlices,
    engines: gpu.engines,
    profiles,
    spots,
  }
  let sets: readonly number[] | undefined
  return {
    ...base,
    get sets() {
      sets ??= listSets({ ...base, sets: [] })
      return sets
    },
  }
}

function listSets(gpu: NaiveGpu): readonly number[] {
  let sets = [0]
  for (const index of gpu.spots.keys()) {
    sets = sets.concat(sets.map((set) => set | (1 << index)).filter((set) => isLegal(gpu, set)))
  }
  return sets
}

function isLegal(gpu: NaiveGpu, set: number): boolean {
  const spots = spotsOf(gpu, set)
  const units = spots.flatMap(({ start, size }) =>
    Array.from({ length: size }, (_, i) => start + i),
  )
  if (new Set(units).size < units.length || Math.max(...units) >= gpu.units) return false
  const counts = countsOf(gpu, set)
  if (counts.some((count, profile) => count > (gpu.profiles[profile]?.most ?? 0))) return false
  return !exceedsAmounts(gpu, counts)
}

/** More compute slices or engines than the whole GPU has. */
export function exceedsAmounts(gpu: NaiveGpu, counts: readonly number[]): boolean {
  if (total(gpu, counts, ({ slices }) => slices) > gpu.slices) return true
  return naiveEngines.some((engine) => {
    const available = gpu.engines[engine]
    return available !== null && total(gpu, counts, ({ engines }) => engines[engine]) > available
  })
}

export function total(
  gpu: NaiveGpu,
  counts: readonly number[],
  amount: (profile: NaiveProfile) => number,
): number {
  return gpu.profiles.reduce(
    (sum, profile, index) => sum + (counts[index] ?? 0) * amount(profile),
    0,
  )
}

export function spotsOf({ spots }: NaiveGpu, set: number): readonly NaiveSpot[] {
  return spots.filter((_, index) => (set & (1 << index)) !== 0)
}

/** Instances of each profile. */
export function countsOf(gpu: NaiveGpu, set: number): number[] {
  const counts = gpu.profiles.map(() => 0)
  for (const { profile } of spotsOf(gpu, set)) counts[profile] = (counts[profile] ?? 0) + 1
  return counts
}

/** As the solver takes it: each GPU instance with its full compute instance. */
export function layoutOf(gpu: NaiveGpu, set: number): Layout {
  return spotsOf(gpu, set).map(({ profile, start, size }) => {
    const sliceCount = gpu.profiles[profile]?.slices ?? 0
    return {
      profileId: gpu.geometry.profiles[profile]?.id ?? -1,
      placement: { start, size },
      computeInstances: [{ sliceCount, placement: { start: 0, size: sliceCount } }],
    }
  })
}

export function partitionWith(gpu: NaiveGpu, counts: readonly number[]): Partition {
  return counts.flatMap((count, profile) => {
    const { id = -1, sliceCount = 0 } = gpu.geometry.profiles[profile] ?? {}
    return count > 0 ? [{ profileId: id, sliceCount, count }] : []
  })
}

/** Devices of each profile; only for partitions of full compute instances. */
export function countsIn(gpu: NaiveGpu, partition: Partition): readonly number[] {
  return gpu.geometry.profiles.map(({ id }) =>
    partition.reduce((sum, each) => sum + (each.profileId === id ? each.count : 0), 0),
  )
}
