import { readFileSync } from 'node:fs'
import type { Geometry, GpuInstanceProfile, Placement } from '../../types/model/geometry.js'

interface BruteForceFigures {
  readonly maximalSets: number
  readonly maximalMultisets: number
  readonly reachableSets: number
  readonly reachableMultisets?: number
}

/** A GPU of the catalog, read here by other code than the product's: ids that are not published are made up. */
export interface CatalogEntry {
  readonly key: string
  readonly geometry: Geometry
  readonly bruteForce: {
    readonly baseProfiles: BruteForceFigures
    readonly allProfiles: BruteForceFigures
  } | null
}

interface RawComputeProfile {
  readonly id: number
  readonly enumIndex: number
  readonly name: string
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number | null
  readonly placements: readonly Placement[] | null
}

interface RawProfile extends Omit<RawComputeProfile, 'id'> {
  readonly id: number | null
  readonly copyEngineCount: number | null
  readonly decoderCount: number | null
  readonly encoderCount: number | null
  readonly jpegCount: number | null
  readonly ofaCount: number | null
  readonly memorySizeMB: number | null
  readonly computeInstanceProfiles: readonly RawComputeProfile[] | null
}

interface RawGpu {
  readonly key: string
  readonly gpuInstanceProfiles: readonly RawProfile[]
  readonly bruteForce?: NonNullable<CatalogEntry['bruteForce']>
}

const file = new URL('../../catalog/mig-gpus.json', import.meta.url)
const raw: { readonly gpus: readonly RawGpu[] } = JSON.parse(readFileSync(file, 'utf8'))

export const catalogEntries: readonly CatalogEntry[] = raw.gpus.map((gpu) => ({
  key: gpu.key,
  geometry: toGeometry(gpu),
  bruteForce: gpu.bruteForce ?? null,
}))

/** Those whose profiles and placements are published. */
export const placeableEntries: readonly CatalogEntry[] = catalogEntries.filter(
  (entry) =>
    entry.geometry.profiles.length > 0 &&
    entry.geometry.profiles.every((profile) => profile.placements.length > 0),
)

export function geometryOf(key: string): Geometry {
  const entry = catalogEntries.find((candidate) => candidate.key === key)
  if (entry === undefined) throw new Error(`the catalog has no ${key}`)
  return entry.geometry
}

/** The geometry with only some of its profiles. */
export function withProfiles(
  geometry: Geometry,
  keep: (profile: GpuInstanceProfile) => boolean,
): Geometry {
  return { profiles: geometry.profiles.filter(keep) }
}

/** Without media variants and the 1g with twice the memory. */
export function isBaseProfile(profile: GpuInstanceProfile, geometry: Geometry): boolean {
  const small = geometry.profiles.find((other) => other.sliceCount === profile.sliceCount)
  return (
    /^\d+g\.\d+gb$/.test(profile.name) && small?.placements[0]?.size === profile.placements[0]?.size
  )
}

export function profileIdOf(geometry: Geometry, name: string): number {
  const profile = geometry.profiles.find((candidate) => candidate.name === name)
  if (profile === undefined) throw new Error(`no profile ${name}`)
  return profile.id
}

function toGeometry(gpu: RawGpu): Geometry {
  return {
    profiles: gpu.gpuInstanceProfiles
      .map((profile) => ({
        id: profile.id ?? 1000 + profile.enumIndex,
        index: profile.enumIndex,
        name: profile.name,
        sliceCount: profile.sliceCount,
        instanceCount: profile.instanceCount,
        multiprocessorCount: profile.multiprocessorCount ?? 0,
        engines: {
          copy: profile.copyEngineCount ?? 0,
          decoder: profile.decoderCount ?? 0,
          encoder: profile.encoderCount ?? 0,
          jpeg: profile.jpegCount ?? 0,
          ofa: profile.ofaCount ?? 0,
        },
        memoryMiB: profile.memorySizeMB ?? 0,
        placements: profile.placements ?? [],
        computeInstanceProfiles: (profile.computeInstanceProfiles ?? []).map((compute) => ({
          id: compute.id,
          index: compute.enumIndex,
          name: compute.name,
          sliceCount: compute.sliceCount,
          instanceCount: compute.instanceCount,
          multiprocessorCount: compute.multiprocessorCount ?? 0,
          placements: compute.placements ?? [],
        })),
      }))
      .sort((a, b) => a.index - b.index),
  }
}
