import type { ComputeInstanceProfile, Geometry, GpuInstanceProfile } from '../../types/geometry.js'
import type { GpuState } from '../../types/state.js'
import { catalogGeometry, findCatalogGpu, listCatalogGpus } from './catalog.js'
import { computeInstanceName } from './profile-names.js'

/**
 * What a GPU can be divided into, with nothing left open: the driver's word first, the catalog where
 * the driver is silent. A driver before R550 tells nothing while MIG is off, and no driver tells the
 * compute instance profiles of a GPU instance that does not exist yet. Null: neither knows this GPU.
 */
export function completeGeometry(gpu: GpuState): Geometry | null {
  const entry = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  const published = entry === null ? null : catalogGeometry(entry)
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
      return { ...profile, computeInstanceProfiles: adaptFrom(twin ?? findLike(profile), profile) }
    }),
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
  const scale = profile.multiprocessorCount / model.multiprocessorCount
  return (model.computeInstanceProfiles ?? []).map((compute) => ({
    ...compute,
    name: computeInstanceName(profile, compute.sliceCount),
    multiprocessorCount: Math.floor(compute.multiprocessorCount * scale),
  }))
}
