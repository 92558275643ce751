import type { Placement } from '../../types/geometry.js'
import type {
  Nvml,
  NvmlComputeInstance,
  NvmlComputeInstanceProfile,
  NvmlGpuInstance,
  NvmlGpuInstanceProfile,
  NvmlMode,
  NvmlPciInfo,
} from '../../types/nvml.js'
import type { LibraryRef } from '../../types/options.js'
import type { GpuUuid, MigUuid } from '../../types/state.js'

// What mig_nvml.node exports: native/addon/addon.cc line by line.

/** An NVML function did not answer success. */
export interface NvmlFailure {
  readonly ok: false
  readonly ret: number
  readonly fn: string
}

/** There is no NVML to ask. */
export interface LibraryFailure {
  readonly ok: false
  readonly problem: string
}

/** A system call failed. */
export interface SystemFailure {
  readonly ok: false
  readonly errno: number
  readonly call: string
}

export interface Success<T> {
  readonly ok: true
  readonly value: T
}

export type Outcome<T> = Success<T> | NvmlFailure

export interface OpenedSession {
  readonly session: number
  readonly driverVersion: string
  readonly libraryPath: string
}

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

export interface ComputeInstanceSnapshot {
  readonly info: NvmlComputeInstance
  readonly uuid: MigUuid | null
}

export interface GpuInstanceSnapshot {
  readonly info: NvmlGpuInstance
  readonly computeInstances: readonly ComputeInstanceSnapshot[]
}

export interface ReadGpuSnapshot {
  readonly index: number
  readonly uuid: GpuUuid
  readonly failure: null
  readonly name: string
  readonly pci: NvmlPciInfo
  /** In bytes. */
  readonly memoryTotal: number | null
  readonly migMode: NvmlMode | null
  readonly profiles: readonly GpuInstanceProfileSnapshot[] | null
  readonly gpuInstances: readonly GpuInstanceSnapshot[]
}

export interface FailedGpuSnapshot {
  readonly index: number
  /** Null when this process has never seen the GPU. */
  readonly uuid: GpuUuid | null
  readonly failure: NvmlFailure
}

export type GpuSnapshot = ReadGpuSnapshot | FailedGpuSnapshot

/** The names of `Nvml`'s functions. */
export type NvmlFunction = Exclude<keyof Nvml, 'libraryPath' | 'driverVersion' | 'close' | symbol>

type NativeCalls = {
  readonly [Name in NvmlFunction]: (
    session: number,
    ...args: Parameters<Nvml[Name]>
  ) => Promise<Outcome<Awaited<ReturnType<Nvml[Name]>>>>
}

export interface NativeAddon extends NativeCalls {
  open(
    path: string,
    selector: NonNullable<LibraryRef['selector']> | null,
  ): Promise<Success<OpenedSession> | NvmlFailure | LibraryFailure>
  close(session: number): Promise<Outcome<undefined>>
  snapshot(session: number): Promise<Outcome<readonly GpuSnapshot[]>>
  readComputeInstanceProfiles(
    session: number,
    gpu: GpuUuid,
    gpuInstanceId: number,
    gpuInstanceProfileId: number,
  ): Promise<Outcome<readonly ComputeInstanceProfileSnapshot[]>>

  /** The value is the lock's number; null when another holder has it. */
  tryLock(path: string, holder: string): Success<number | null> | SystemFailure
  /** The value is the wait's number. The callback is called once, unless the wait is stopped. */
  waitForLock(
    path: string,
    holder: string,
    callback: (attempt: Success<number> | SystemFailure) => void,
  ): Success<number> | SystemFailure
  /** False: the callback has been or is about to be called. */
  stopWaiting(wait: number): boolean
  releaseLock(lock: number): void
}
