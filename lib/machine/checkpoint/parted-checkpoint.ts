import type {
  CheckpointGpu,
  PartedDevice,
  PartedGpuInstance,
} from '../../../types/machine/checkpoint.js'
import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { GpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { completeGeometry } from '../../model/geometry.js'
import { describeUnknownGeometry, waitsForMig } from '../../model/unknown-geometry.js'

/** What a checkpoint says about one GPU, with the ids of its driver. */
export type RecordedGpu = Pick<CheckpointGpu, 'mig' | 'gpuInstances'>

/**
 * Translates what mig-parted wrote about one GPU. It writes profiles as indexes of NVML's enumerations, for which this
 * GPU's driver has other ids, and no placements of compute instances.
 */
export function translateDevice(
  { MigMode, GpuInstances }: PartedDevice,
  gpu: GpuState,
  driverVersion: string,
): RecordedGpu {
  const enabled = MigMode === 1
  const mig = { enabled, pending: enabled }
  const instances = GpuInstances ?? []
  if (instances.length === 0) return { mig, gpuInstances: [] }
  const geometry = completeGeometry(gpu, driverVersion)
  if (geometry === null)
    throw new MigError(
      'MIG_GEOMETRY_UNKNOWN',
      `How GPU ${gpu.index} (${gpu.name}) can be divided is not known: ${describeUnknownGeometry(gpu, driverVersion)}`,
      waitsForMig(gpu, driverVersion) ? { hint: 'turn MIG mode on first' } : {},
    )
  return {
    mig,
    gpuInstances: instances.map((instance) => translateInstance(instance, gpu, geometry)),
  }
}

function translateInstance(
  { ProfileID, Placement, ComputeInstances }: PartedGpuInstance,
  gpu: GpuState,
  { profiles }: Geometry,
): RecordedGpu['gpuInstances'][number] {
  const profile = profiles.find(({ index }) => index === ProfileID)
  if (profile === undefined) throw unknownIndex(gpu, 'GPU instance', ProfileID)
  return {
    profileId: profile.id,
    profileName: profile.name,
    placement: { start: Placement.Start, size: Placement.Size },
    computeInstances: (ComputeInstances ?? []).map((part) =>
      translatePart(part.ProfileID, profile, gpu),
    ),
  }
}

function translatePart(
  wanted: number,
  { computeInstanceProfiles }: GpuInstanceProfile,
  gpu: GpuState,
): RecordedGpu['gpuInstances'][number]['computeInstances'][number] {
  const profile = computeInstanceProfiles?.find(({ index }) => index === wanted)
  if (profile === undefined) throw unknownIndex(gpu, 'compute instance', wanted)
  const { id, name, sliceCount } = profile
  return { profileId: id, name, sliceCount, placement: null }
}

function unknownIndex({ index, name }: GpuState, what: string, profile: number): MigError {
  return new MigError(
    'MIG_CHECKPOINT_INVALID',
    `The checkpoint has a ${what} profile with NVML's index ${profile}, which GPU ${index} (${name}) does not have`,
  )
}
