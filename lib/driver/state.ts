import type { ComputeInstanceProfile, Geometry, GpuInstanceProfile } from '../../types/geometry.js'
import type {
  ComputeInstance,
  GpuInstance,
  GpuState,
  LostGpu,
  MigMode,
  MigState,
} from '../../types/state.js'
import { NvmlError } from '../errors.js'
import { deepFreeze } from '../model/freeze.js'
import { nvmlProfileName } from '../model/nvml-profile-name.js'
import { computeInstanceName, stripMigPrefix } from '../model/profile-names.js'
import { nvmlCodeName } from '../nvml-codes.js'
import type {
  ComputeInstanceProfileSnapshot,
  ComputeInstanceSnapshot,
  FailedGpuSnapshot,
  GpuInstanceProfileSnapshot,
  GpuInstanceSnapshot,
  GpuSnapshot,
  ReadGpuSnapshot,
} from './addon.js'

const gpuIsLost = 15
const bytesPerMiB = 2 ** 20

/** Throws the `NvmlError` of a GPU that could not be read, unless it is lost. */
export function toMigState(driverVersion: string, snapshot: readonly GpuSnapshot[]): MigState {
  const gpus: GpuState[] = []
  const lostGpus: LostGpu[] = []
  for (const gpu of snapshot) {
    if (gpu.failure === null) gpus.push(toGpuState(gpu))
    else if (gpu.failure.ret === gpuIsLost) lostGpus.push({ index: gpu.index, uuid: gpu.uuid })
    else throw failureOf(gpu)
  }
  return deepFreeze({ driverVersion, gpus, lostGpus })
}

function failureOf({ index, uuid, failure: { fn, ret } }: FailedGpuSnapshot): NvmlError {
  const subject = uuid === null ? {} : { gpu: uuid }
  const who = uuid === null ? `GPU ${index}` : `GPU ${index} (${uuid})`
  return new NvmlError({ ret, fn, ...subject }, `${fn} on ${who}: ${nvmlCodeName(ret)}`)
}

/** What the driver said of one GPU, in this package's words. */
function toGpuState(gpu: ReadGpuSnapshot): GpuState {
  const geometry = toGeometry(gpu)
  return {
    index: gpu.index,
    uuid: gpu.uuid,
    name: gpu.name,
    pciBusId: gpu.pci.busId,
    pciDeviceId: gpu.pci.pciDeviceId,
    pciSubsystemId: gpu.pci.pciSubSystemId,
    memoryMiB: gpu.memoryTotal === null ? null : Math.floor(gpu.memoryTotal / bytesPerMiB),
    mig: toMigMode(gpu),
    geometry,
    gpuInstances: gpu.gpuInstances
      .map((instance) => toGpuInstance(instance, geometry))
      .sort((a, b) => a.placement.start - b.placement.start),
  }
}

function toMigMode({ migMode }: ReadGpuSnapshot): MigMode | null {
  return migMode === null
    ? null
    : { enabled: migMode.current === 1, pending: migMode.pending === 1 }
}

function toGeometry({ profiles, memoryTotal }: ReadGpuSnapshot): Geometry | null {
  if (profiles === null) return null
  // Where the total may not be seen, the largest profile has nearly all of it.
  const totalMemoryBytes =
    memoryTotal ?? Math.max(...profiles.map(({ info }) => info.memorySizeMB)) * bytesPerMiB
  return { profiles: profiles.map((profile) => toGpuInstanceProfile(profile, totalMemoryBytes)) }
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
 * The driver's own name for it leaves out the `+me` of the GPU instance, so the name of the latter
 * decides where it is known.
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

function toGpuInstance(
  { info, computeInstances }: GpuInstanceSnapshot,
  geometry: Geometry | null,
): GpuInstance {
  const profile = geometry?.profiles.find(({ id }) => id === info.profileId)
  return {
    id: info.id,
    profileId: info.profileId,
    profileName: profile?.name ?? `profile ${info.profileId}`,
    placement: info.placement,
    computeInstances: computeInstances
      .map((instance) => toComputeInstance(instance, profile))
      .sort((a, b) => (a.placement?.start ?? a.id) - (b.placement?.start ?? b.id)),
  }
}

function toComputeInstance(
  { info, uuid }: ComputeInstanceSnapshot,
  gpuInstanceProfile: GpuInstanceProfile | undefined,
): ComputeInstance {
  const profile = gpuInstanceProfile?.computeInstanceProfiles?.find(
    ({ id }) => id === info.profileId,
  )
  return {
    id: info.id,
    profileId: info.profileId,
    name: profile?.name ?? `profile ${info.profileId}`,
    sliceCount: profile?.sliceCount ?? 0,
    placement: info.placement,
    uuid,
  }
}
