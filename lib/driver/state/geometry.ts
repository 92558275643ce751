import type {
  ComputeInstanceProfile,
  Geometry,
  GpuInstanceProfile,
} from '../../../types/model/geometry.js'
import { deepFreeze } from '../../model/freeze.js'
import { nvmlProfileName } from '../../model/nvml-profile-name.js'
import { computeInstanceName, stripMigPrefix } from '../../model/profile-names.js'
import type {
  ComputeInstanceProfileSnapshot,
  GpuInstanceProfileSnapshot,
} from '../addon/gpu-snapshot.js'

const bytesPerMiB = 2 ** 20

/**
 * The geometry of a GPU with this table of profiles and this memory, frozen. If this process may not see the
 * total, the memory of the largest profile takes its place: it is nearly all of it.
 */
export function toGeometry(
  profiles: readonly GpuInstanceProfileSnapshot[],
  memoryTotal: number | null,
): Geometry {
  const totalMemoryBytes =
    memoryTotal ?? Math.max(...profiles.map(({ info }) => info.memorySizeMB)) * bytesPerMiB
  return deepFreeze({
    profiles: profiles.map((profile) => toGpuInstanceProfile(profile, totalMemoryBytes)),
  })
}

function toGpuInstanceProfile(
  { index, info, placements, computeInstanceProfiles }: GpuInstanceProfileSnapshot,
  totalMemoryBytes: number,
): GpuInstanceProfile {
  const { id, sliceCount, memorySizeMB: memoryMiB } = info
  const name =
    stripMigPrefix(info.name ?? '') ||
    nvmlProfileName({ index, sliceCount, memoryMiB, totalMemoryBytes })
  return {
    id,
    index,
    name,
    sliceCount,
    instanceCount: info.instanceCount,
    multiprocessorCount: info.multiprocessorCount,
    engines: {
      copy: info.copyEngineCount,
      decoder: info.decoderCount,
      encoder: info.encoderCount,
      jpeg: info.jpegCount,
      ofa: info.ofaCount,
    },
    memoryMiB,
    placements,
    computeInstanceProfiles:
      computeInstanceProfiles?.map((profile) =>
        toComputeInstanceProfile(profile, { name, sliceCount }),
      ) ?? null,
  }
}

/**
 * The driver's own name leaves out the `+me` of the GPU instance. So the name follows from the GPU instance
 * where that is known.
 */
export function toComputeInstanceProfile(
  { index, info, placements }: ComputeInstanceProfileSnapshot,
  gpuInstanceProfile: Pick<GpuInstanceProfile, 'name' | 'sliceCount'> | undefined,
): ComputeInstanceProfile {
  return {
    id: info.id,
    index,
    name:
      gpuInstanceProfile === undefined
        ? stripMigPrefix(info.name ?? `profile ${info.id}`)
        : computeInstanceName(gpuInstanceProfile, info.sliceCount),
    sliceCount: info.sliceCount,
    instanceCount: info.instanceCount,
    multiprocessorCount: info.multiprocessorCount,
    placements,
  }
}
