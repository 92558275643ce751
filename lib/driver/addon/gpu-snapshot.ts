import type { Placement } from '../../../types/model/geometry.js'
import type { GpuUuid, MigUuid } from '../../../types/model/state.js'
import type {
  NvmlComputeInstanceProfile,
  NvmlGpuInstanceProfile,
  NvmlMode,
} from '../../../types/nvml.js'
import type { NvmlFailure } from './outcome.js'

// What a batched read of mig_nvml.node returns. native/addon/conversion/snapshot_json.cc writes it.

export interface ComputeInstanceProfileSnapshot {
  readonly index: number
  readonly info: NvmlComputeInstanceProfile
  readonly placements: readonly Placement[]
}

export interface GpuInstanceProfileSnapshot {
  readonly index: number
  readonly info: NvmlGpuInstanceProfile
  readonly placements: readonly Placement[]
  readonly computeInstanceProfiles: readonly ComputeInstanceProfileSnapshot[] | null
}

/** A live GPU instance. */
export type GpuInstanceRow = readonly [id: number, profileId: number, start: number, size: number]

/** A live compute instance. The placement is null where the driver does not report it. */
export type ComputeInstanceRow = readonly [
  gpuInstanceId: number,
  id: number,
  profileId: number,
  start: number | null,
  size: number | null,
  uuid: MigUuid | null,
]

/** What the handle of a MIG device reports. Memory is in MiB. The engine counts are those of its GPU instance. */
export type MigDeviceAttributesRow = readonly [
  gpuInstanceSliceCount: number,
  computeInstanceSliceCount: number,
  memory: number,
  copyEngines: number,
  decoders: number,
  encoders: number,
  jpegEngines: number,
  ofaEngines: number,
]

/** A MIG device on a GPU whose instances are not listed. `name`: `NVIDIA A100-SXM4-40GB MIG 1g.5gb`. */
export type MigDeviceRow = readonly [
  gpuInstanceId: number,
  computeInstanceId: number,
  name: string,
  uuid: MigUuid,
  attributes: MigDeviceAttributesRow | null,
]

export interface UnlistedInstancesSnapshot {
  /** 1: all MIG devices of the GPU; 0: only those that this process was given. */
  readonly allDevices: 0 | 1
  /** In no particular order. */
  readonly devices: readonly MigDeviceRow[]
}

export interface ReadGpuSnapshot {
  readonly index: number
  readonly uuid: GpuUuid
  readonly failure: null
  readonly name: string
  readonly pciBusId: string
  readonly pciDeviceId: number
  readonly pciSubsystemId: number
  readonly minorNumber: number | null
  /** In bytes. */
  readonly memoryTotal: number | null
  readonly migMode: NvmlMode | null
  /** The number of its profile table. */
  readonly profiles: number | null
  /** In no particular order, like the next list. */
  readonly gpuInstances: readonly GpuInstanceRow[]
  readonly computeInstances: readonly ComputeInstanceRow[]
  /** Not null where the driver refuses those two lists. */
  readonly unlisted: UnlistedInstancesSnapshot | null
}

export interface FailedGpuSnapshot {
  readonly index: number
  /** Null when this process has never seen the GPU. */
  readonly uuid: GpuUuid | null
  readonly failure: NvmlFailure
}

export type GpuSnapshot = ReadGpuSnapshot | FailedGpuSnapshot
