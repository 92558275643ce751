import type { Placement } from './model/geometry.js'
import type { GpuUuid, MigUuid } from './model/state.js'

/**
 * NVML's MIG functions and the reads that go with them, one to one: `nvmlDeviceGetMigMode` is
 * `deviceGetMigMode`. Nothing is planned, ordered, locked or retried here.
 *
 * Names take the place of handles: the UUID of a GPU or MIG device, the number of an instance. Where NVML
 * returns a handle, the function here returns a UUID. Functions that only turn a number into a handle
 * (`…GetGpuInstanceById`, `…GetComputeInstanceById`) are part of every call that takes the number. If NVML
 * has several versions of a function, the newest that the driver has is used.
 *
 * Every function rejects with `NvmlError` when NVML does not answer success. The code is
 * `NVML_ERROR_FUNCTION_NOT_FOUND` where the driver is older than the function. It rejects with
 * `MigError` `MIG_DRIVER_INVALID` when NVML gives an impossible count, with `TypeError` for a wrong
 * argument (`nvml.deviceGetMigMode: argument 1 must be …`), and with the error that a getter or a Proxy among the arguments throws.
 */
export interface Nvml {
  /** Where the loader found the library. */
  readonly libraryPath: string
  /** `nvmlSystemGetDriverVersion`: `580.65.06` */
  readonly driverVersion: string

  systemGetNVMLVersion(): Promise<string>
  /** 1000 * major + 10 * minor: 13020 is CUDA 13.2. NVML loads `libcuda.so.1` into the process for it. */
  systemGetCudaDriverVersion(): Promise<number>
  systemGetProcessName(pid: number): Promise<string>

  /** Whole GPUs, including those that this process may not open. */
  deviceGetCount(): Promise<number>
  deviceGetHandleByIndex(index: number): Promise<GpuUuid>
  deviceGetHandleByPciBusId(busId: string): Promise<GpuUuid>
  /** Takes MIG devices, too, also in the form `MIG-GPU-<uuid>/<GPU instance>/<compute instance>` (from R465). */
  deviceGetHandleByUUID(uuid: string): Promise<DeviceUuid>

  deviceGetName(device: DeviceUuid): Promise<string>
  /** For a MIG device, its index under its GPU. */
  deviceGetIndex(device: DeviceUuid): Promise<number>
  deviceGetMinorNumber(gpu: GpuUuid): Promise<number>
  deviceGetPciInfo(gpu: GpuUuid): Promise<NvmlPciInfo>
  deviceGetBrand(gpu: GpuUuid): Promise<number>
  /** 7 Ampere, 9 Hopper, 10 Blackwell, 13 Rubin. */
  deviceGetArchitecture(gpu: GpuUuid): Promise<number>
  deviceGetCudaComputeCapability(
    gpu: GpuUuid,
  ): Promise<{ readonly major: number; readonly minor: number }>
  /** 2: a vGPU guest, where GPU instances can be neither created nor destroyed. */
  deviceGetVirtualizationMode(gpu: GpuUuid): Promise<number>
  deviceGetMemoryInfo(device: DeviceUuid): Promise<NvmlMemoryInfo>
  deviceGetComputeRunningProcesses(device: DeviceUuid): Promise<readonly NvmlProcess[]>
  deviceGetGraphicsRunningProcesses(device: DeviceUuid): Promise<readonly NvmlProcess[]>
  deviceGetMPSComputeRunningProcesses(device: DeviceUuid): Promise<readonly NvmlProcess[]>
  /** 0 or 1, like all modes. */
  deviceGetPersistenceMode(gpu: GpuUuid): Promise<number>
  deviceSetPersistenceMode(gpu: GpuUuid, mode: number): Promise<void>
  deviceGetEccMode(gpu: GpuUuid): Promise<NvmlMode>
  /** While MIG is on, only for a MIG device. */
  deviceGetComputeMode(device: DeviceUuid): Promise<number>
  /** Each value has its own return code: check it. At most 1,024 ids at a time. */
  deviceGetFieldValues(
    device: DeviceUuid,
    fieldIds: readonly number[],
  ): Promise<readonly NvmlFieldValue[]>

  deviceGetMigMode(gpu: GpuUuid): Promise<NvmlMode>
  /**
   * Resolves when the request is stored. The value is the activation status, an NVML return code: 0 when
   * the mode has changed, otherwise why it is pending.
   */
  deviceSetMigMode(gpu: GpuUuid, mode: number): Promise<number>
  /** `profile` is NVML's profile index. */
  deviceGetGpuInstanceProfileInfo(gpu: GpuUuid, profile: number): Promise<NvmlGpuInstanceProfile>
  /** `profileId` is the `id` of a profile, here and below. */
  deviceGetGpuInstanceProfileInfoById(
    gpu: GpuUuid,
    profileId: number,
  ): Promise<NvmlGpuInstanceProfile>
  deviceGetGpuInstancePossiblePlacements(
    gpu: GpuUuid,
    profileId: number,
  ): Promise<readonly Placement[]>
  deviceGetGpuInstanceRemainingCapacity(gpu: GpuUuid, profileId: number): Promise<number>
  /** The driver chooses the placement. */
  deviceCreateGpuInstance(gpu: GpuUuid, profileId: number): Promise<NvmlGpuInstance>
  deviceCreateGpuInstanceWithPlacement(
    gpu: GpuUuid,
    profileId: number,
    placement: Placement,
  ): Promise<NvmlGpuInstance>
  gpuInstanceDestroy(gpu: GpuUuid, gpuInstanceId: number): Promise<void>
  deviceGetGpuInstances(gpu: GpuUuid, profileId: number): Promise<readonly NvmlGpuInstance[]>
  gpuInstanceGetInfo(gpu: GpuUuid, gpuInstanceId: number): Promise<NvmlGpuInstance>

  /** `profile` is NVML's profile index. The engine profile is always the shared one: NVML has no other. */
  gpuInstanceGetComputeInstanceProfileInfo(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profile: number,
  ): Promise<NvmlComputeInstanceProfile>
  gpuInstanceGetComputeInstancePossiblePlacements(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
  ): Promise<readonly Placement[]>
  gpuInstanceGetComputeInstanceRemainingCapacity(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
  ): Promise<number>
  /** The driver chooses the placement. */
  gpuInstanceCreateComputeInstance(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
  ): Promise<NvmlComputeInstance>
  gpuInstanceCreateComputeInstanceWithPlacement(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
    placement: Placement,
  ): Promise<NvmlComputeInstance>
  computeInstanceDestroy(
    gpu: GpuUuid,
    gpuInstanceId: number,
    computeInstanceId: number,
  ): Promise<void>
  gpuInstanceGetComputeInstances(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
  ): Promise<readonly NvmlComputeInstance[]>
  computeInstanceGetInfo(
    gpu: GpuUuid,
    gpuInstanceId: number,
    computeInstanceId: number,
  ): Promise<NvmlComputeInstance>

  /** 0 or 1. */
  deviceIsMigDeviceHandle(device: DeviceUuid): Promise<number>
  /** How many MIG devices there could be; 0 while MIG is off. */
  deviceGetMaxMigDeviceCount(gpu: GpuUuid): Promise<number>
  /** Indexes shift when instances are created or destroyed. */
  deviceGetMigDeviceHandleByIndex(gpu: GpuUuid, index: number): Promise<MigUuid>
  deviceGetDeviceHandleFromMigDeviceHandle(migDevice: MigUuid): Promise<GpuUuid>
  deviceGetGpuInstanceId(migDevice: MigUuid): Promise<number>
  deviceGetComputeInstanceId(migDevice: MigUuid): Promise<number>
  deviceGetAttributes(migDevice: MigUuid): Promise<NvmlMigDeviceAttributes>

  /** Idempotent. Waits for the calls that have begun, then shuts NVML down. */
  close(): Promise<void>
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}

/** What NVML calls a device: a GPU, or a MIG device on one. */
export type DeviceUuid = GpuUuid | MigUuid

/** A mode of a GPU: 0 is off, 1 is on. */
export interface NvmlMode {
  readonly current: number
  /** After the next GPU reset. */
  readonly pending: number
}

/** `nvmlPciInfo_t` */
export interface NvmlPciInfo {
  readonly busId: string
  readonly domain: number
  readonly bus: number
  readonly device: number
  readonly pciDeviceId: number
  readonly pciSubSystemId: number
}

/** `nvmlMemory_v2_t`, in bytes. */
export interface NvmlMemoryInfo {
  readonly total: number
  readonly free: number
  readonly used: number
  /** Null before R510, where the other figures include it. */
  readonly reserved: number | null
}

/** `nvmlProcessInfo_t` */
export interface NvmlProcess {
  readonly pid: number
  /** In bytes; null where the driver does not know it. */
  readonly usedGpuMemory: number | null
  /** Null for a process on the whole GPU. */
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
}

/** `nvmlFieldValue_t` */
export interface NvmlFieldValue {
  readonly fieldId: number
  /** NVML's return code for this field. */
  readonly ret: number
  /** 64-bit integers are `bigint`; null when `ret` is not 0. */
  readonly value: number | bigint | null
}

/** `nvmlGpuInstanceProfileInfo_v3_t`, or the part of it that an older driver has. */
export interface NvmlGpuInstanceProfile {
  readonly id: number
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number
  readonly copyEngineCount: number
  readonly decoderCount: number
  readonly encoderCount: number
  readonly jpegCount: number
  readonly ofaCount: number
  /** In MiB. */
  readonly memorySizeMB: number
  /** Null from R545 on, where bit 0 of `capabilities` says it. */
  readonly isP2pSupported: number | null
  /** Null before R545. */
  readonly capabilities: number | null
  /** `MIG 1g.5gb`; null before R510. */
  readonly name: string | null
}

/** `nvmlGpuInstanceInfo_t` */
export interface NvmlGpuInstance {
  readonly id: number
  readonly profileId: number
  readonly placement: Placement
}

/** `nvmlComputeInstanceProfileInfo_v3_t`, or the part of it that an older driver has. */
export interface NvmlComputeInstanceProfile {
  readonly id: number
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number
  readonly sharedCopyEngineCount: number
  readonly sharedDecoderCount: number
  readonly sharedEncoderCount: number
  readonly sharedJpegCount: number
  readonly sharedOfaCount: number
  /** Null before R545. */
  readonly capabilities: number | null
  /** `MIG 1c.3g.20gb`; null before R510. */
  readonly name: string | null
}

/** `nvmlComputeInstanceInfo_t` */
export interface NvmlComputeInstance {
  readonly id: number
  readonly profileId: number
  /** Null before R450.80. */
  readonly placement: Placement | null
}

/** `nvmlDeviceAttributes_t` */
export interface NvmlMigDeviceAttributes {
  readonly multiprocessorCount: number
  readonly sharedCopyEngineCount: number
  readonly sharedDecoderCount: number
  readonly sharedEncoderCount: number
  readonly sharedJpegCount: number
  readonly sharedOfaCount: number
  readonly gpuInstanceSliceCount: number
  readonly computeInstanceSliceCount: number
  /** In MiB. */
  readonly memorySizeMB: number
}
