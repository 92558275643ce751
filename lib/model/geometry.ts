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
 * What a GPU can be divided into, with nothing left open: the driver's word first, the catalog where
 * the driver is silent. A driver before R550 tells nothing while MIG is off, and no driver tells the
 * compute instance profiles of a GPU instance that does not exist yet. What the given driver is too
 * old for is left out; without one nothing is. The catalog is of no account for a GPU with
 * other memory than the board whose PCI id it has. Null: neither knows this GPU.
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
      return withoutUntold(driverVersion, { ...profile, computeInstanceProfiles })
    }),
  }
}

/**
 * Ids of the profiles that the catalog has for this board and driver, and the driver leaves out though it
 * could report them. A driver may be right to do so: the catalog is of boards that were published.
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
      .map((profile) => withoutUntold(driverVersion, profile)),
  }
}

/** A driver that cannot be told where a compute instance shall sit is not told. */
function withoutUntold(driverVersion: string, profile: GpuInstanceProfile): GpuInstanceProfile {
  if (placesComputeInstances(driverVersion)) return profile
  const sizes = profile.computeInstanceProfiles
  return {
    ...profile,
    computeInstanceProfiles: sizes?.map((size) => ({ ...size, placements: [] })) ?? null,
  }
}

/**
 * A profile of another GPU with as many slices. How a GPU instance splits into compute instances
 * depends on its slices alone on every GPU published so far (MIG User Guide, `nvidia-smi mig -lcip`).
 * The last one, because an unknown GPU is likely a new one.
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
    // Multiplied first: of a fraction such as 61/7, seven would be less than 61.
    multiprocessorCount: Math.floor(
      (compute.multiprocessorCount * profile.multiprocessorCount) / model.multiprocessorCount,
    ),
  }))
}
