import type { ResetMethod } from '../../types/machine/options.js'
import type { ComputeInstanceProfile, Placement } from '../../types/model/geometry.js'
import type {
  GpuProcess,
  GpuState,
  GpuUuid,
  ListedMigState,
  MigMode,
  MigState,
} from '../../types/model/state.js'
import type { SessionCallCounts } from './addon/addon.js'
import type { EventListener, EventWatch } from './events.js'
import type { HolderOptions, Holders } from './holders/read-holders.js'

export interface CallOptions {
  /** Rejects with its reason. A change that has begun is waited for all the same. */
  readonly signal?: AbortSignal
}

/**
 * An open driver. Every function rejects with `NvmlError`, which names the GPU and the instance.
 * Changes of one machine run one after the other, as its driver has one lock for all GPUs.
 */
export interface DriverSession {
  /** Where the loader found the library. */
  readonly libraryPath: string
  readonly driverVersion: string
  /** The file that excludes other writers of this machine. */
  readonly lockFile: string
  /** How `resetGpu` does it; undefined: as this machine has it. */
  readonly resetMethod: ResetMethod | undefined
  /** A mode that takes a reset shall wait for somebody else's. */
  readonly skipReset: boolean

  /** What has been asked of the driver so far, the opening included. */
  callCounts(): SessionCallCounts
  /** The GPU with NVML's index. */
  readUuid(gpuIndex: number, options?: CallOptions): Promise<GpuUuid>
  /**
   * The whole machine, frozen; GPUs that are lost are listed apart. A GPU on which nothing has
   * changed is the same object as the time before.
   */
  readState(options?: CallOptions): Promise<MigState>
  /** The same; rejects with `MIG_NO_PERMISSION` where the driver does not list all of it to this process. */
  readListedState(options?: CallOptions): Promise<ListedMigState>
  /** One GPU, whatever the driver says of the others; null where it is lost or not there. */
  readGpu(gpu: GpuUuid, options?: CallOptions): Promise<GpuState | null>
  /** Whom NVML lists. */
  readProcesses(gpu: GpuUuid, options?: CallOptions): Promise<GpuProcess[]>
  /** Whom NVML lists, and with `scan` whoever has device nodes open. What may not be seen is left out. */
  readHolders(gpus: readonly GpuUuid[], options: HolderOptions): Promise<Holders>
  /** Whether this GPU changes its MIG mode by a reset. */
  changesModeByReset(gpu: GpuUuid, options?: CallOptions): Promise<boolean>
  readMigMode(gpu: GpuUuid, options?: CallOptions): Promise<MigMode>
  /** Inside a live GPU instance, since NVML cannot be asked otherwise; remembered by profile. */
  readComputeInstanceProfiles(
    gpu: GpuUuid,
    gpuInstanceId: number,
    gpuInstanceProfileId: number,
    options?: CallOptions,
  ): Promise<ComputeInstanceProfile[]>

  /** `activation` is an NVML return code: 0 when the mode has changed, else why it is pending. */
  setMigMode(gpu: GpuUuid, enabled: boolean, options?: CallOptions): Promise<{ activation: number }>
  /**
   * Resets this GPU, which a state that was read must have named. NVML is closed meanwhile, and calls on
   * this session and others of this thread wait. Rejects with `MIG_RESET_REQUIRED` when it was not done,
   * with `MIG_REBOOT_REQUIRED` when it cannot be, with `MIG_RESET_TIMEOUT` when it did not end, with the
   * error of the driver that does not come back.
   */
  resetGpu(gpu: GpuUuid): Promise<void>
  /**
   * Null: the driver chooses the place. With a placement, a driver before R460 answers
   * `NVML_ERROR_FUNCTION_NOT_FOUND`: what to do then is for the caller to say.
   */
  createGpuInstance(
    gpu: GpuUuid,
    profileId: number,
    placement: Placement | null,
    options?: CallOptions,
  ): Promise<{ id: number; placement: Placement }>
  destroyGpuInstance(gpu: GpuUuid, gpuInstanceId: number, options?: CallOptions): Promise<void>
  /**
   * Null: the driver chooses the place, as it always does before R525; compare what comes back. A
   * placement that comes back as null is one that the driver cannot tell.
   */
  createComputeInstance(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
    placement: Placement | null,
    options?: CallOptions,
  ): Promise<{ id: number; placement: Placement | null }>
  destroyComputeInstance(
    gpu: GpuUuid,
    gpuInstanceId: number,
    computeInstanceId: number,
    options?: CallOptions,
  ): Promise<void>

  /** Null: no events of these GPUs can be had. */
  watchEvents(gpus: readonly GpuUuid[], listener: EventListener): Promise<EventWatch | null>

  /** Idempotent. What has begun still ends; NVML is shut down after it. */
  close(): Promise<void>
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}
