import type {
  ComputeInstanceProfile,
  Geometry,
  GpuInstanceProfile,
} from '../../types/model/geometry.js'
import type { GpuInfo } from '../../types/model/state.js'
import { catalogGeometry, contradictsCatalog, findCatalogGpu, listCatalogGpus } from './catalog.js'
import {
  countKnownProfiles,
  placesComputeInstances,
  reportsProfilesWithoutMig,
} from './driver-version.js'
import { computeInstanceName } from './profile-names.js'

const newest = String(Number.MAX_SAFE_INTEGER)

/**
 * What a GPU can be divided into: what the driver reports, completed from the catalog. A driver before
 * R550 reports nothing while MIG is off, and no driver reports the compute instance profiles of a GPU
 * instance that does not exist yet.
 *
 * Profiles that the given driver is too old for are left out. The catalog does not count for a GPU with
 * other memory than the board of its PCI id. Null: neither knows this GPU.
 */
export function completeGeometry(gpu: GpuInfo, driverVersion: string = newest): Geometry | null {
  const entry = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  const published =
    entry === null || contradictsCatalog(gpu, entry)
      ? null
      : limitTo(driverVersion, catalogGeometry(entry))
  if (gpu.geometry === null) return gpu.mig === null ? null : published
  if (gpu.geometry.profiles.every((profile) => profile.computeInstanceProfiles !== null)) {
    return gpu.geometry
  }
  return {
    profiles: gpu.geometry.profiles.map((profile) => {
      if (profile.computeInstanceProfiles !== null) return profile
      const twin = published?.profiles.find(
        ({ id, sliceCount }) => id === profile.id && sliceCount === profile.sliceCount,
      )
      const model = twin ?? findLike(profile)
      const computeInstanceProfiles = adaptFrom(model, profile)
      return withoutPlaces(driverVersion, { ...profile, computeInstanceProfiles })
    }),
  }
}

/**
 * Ids of the profiles that the catalog has for this board and driver, but that the driver does not report
 * although it could. The driver may be right, because the catalog describes published boards.
 */
export function findMissingProfiles(gpu: GpuInfo, driverVersion: string): readonly number[] {
  if (gpu.mig === null) return []
  if (!gpu.mig.enabled && !reportsProfilesWithoutMig(driverVersion)) return []
  const entry = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  if (entry === null || contradictsCatalog(gpu, entry)) return []
  const published = limitTo(driverVersion, catalogGeometry(entry))?.profiles ?? []
  const reported = new Set(gpu.geometry?.profiles.map(({ id }) => id))
  return published.map(({ id }) => id).filter((id) => !reported.has(id))
}

function limitTo(driverVersion: string, geometry: Geometry | null): Geometry | null {
  if (geometry === null) return null
  const count = countKnownProfiles(driverVersion)
  return {
    profiles: geometry.profiles
      .filter(({ index }) => index < count)
      .map((profile) => withoutPlaces(driverVersion, profile)),
  }
}

/** Drops the places of compute instances if a client of this driver cannot choose them. */
function withoutPlaces(driverVersion: string, profile: GpuInstanceProfile): GpuInstanceProfile {
  if (placesComputeInstances(driverVersion)) return profile
  const sizes = profile.computeInstanceProfiles
  return {
    ...profile,
    computeInstanceProfiles: sizes?.map((size) => ({ ...size, placements: [] })) ?? null,
  }
}

/**
 * A profile of another GPU with equal slices. On every GPU published so far, the slices alone decide how a
 * GPU instance splits into compute instances (MIG User Guide, `nvidia-smi mig -lcip`). The last such GPU
 * is used, because an unknown GPU is probably a new one.
 */
function findLike({ index, sliceCount }: GpuInstanceProfile): GpuInstanceProfile | undefined {
  const like = listCatalogGpus()
    .flatMap((gpu) => catalogGeometry(gpu)?.profiles ?? [])
    .filter((profile) => profile.sliceCount === sliceCount)
  return like.findLast((profile) => profile.index === index) ?? like.at(-1)
}

function adaptFrom(
  model: GpuInstanceProfile | undefined,
  profile: GpuInstanceProfile,
): readonly ComputeInstanceProfile[] | null {
  if (model === undefined) return null
  return (model.computeInstanceProfiles ?? []).map((compute) => ({
    ...compute,
    name: computeInstanceName(profile, compute.sliceCount),
    // Multiplies first: 7 × (61 / 7) would round down to less than 61.
    multiprocessorCount: Math.floor(
      (compute.multiprocessorCount * profile.multiprocessorCount) / model.multiprocessorCount,
    ),
  }))
}
