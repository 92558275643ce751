import type { ResetMethod } from '../../types/machine/options.js'
import type { ComputeInstanceProfile, Placement } from '../../types/model/geometry.js'
import type {
  AnyGpuState,
  GpuProcess,
  GpuState,
  GpuUuid,
  ListedMigState,
  MigMode,
  MigState,
} from '../../types/model/state.js'
import type { GpuUsage } from '../../types/model/usage.js'
import type { SessionCallCounts } from './addon/addon.js'
import type { ListedGpu } from './device-list.js'
import type { EventListener, EventWatch } from './events.js'
import type { HolderOptions, Holders } from './holders/read-holders.js'

export interface CallOptions {
  /** The call rejects with its reason. A change that has begun still runs to its end first. */
  readonly signal?: AbortSignal
}

/**
 * An open driver. Every function rejects with `NvmlError`, which names the GPU and the instance. Changes of
 * one machine run one after the other, because its driver has one lock for all GPUs.
 */
export interface DriverSession {
  /** Where the loader found the library. */
  readonly libraryPath: string
  readonly driverVersion: string
  /** The file that excludes other writers of this machine. */
  readonly lockFile: string
  /** The method of `resetGpu`; undefined: the machine's own. */
  readonly resetMethod: ResetMethod | undefined
  /** A mode change that takes a reset stays pending, for another program to reset the GPU. */
  readonly skipReset: boolean

  /** The driver calls so far, including the opening. */
  callCounts(): SessionCallCounts
  /** The GPU with this NVML index. */
  readUuid(gpuIndex: number, options?: CallOptions): Promise<GpuUuid>
  /**
   * The whole machine, frozen, with lost GPUs in their own list. A GPU on which nothing has changed is the
   * same object as in the read before.
   */
  readState(options?: CallOptions): Promise<MigState>
  /** The same. Rejects with `MIG_NO_PERMISSION` if the driver does not list all instances to this process. */
  readListedState(options?: CallOptions): Promise<ListedMigState>
  /** One GPU, with calls on that GPU only; null if it is lost or not there. */
  readGpu(gpu: GpuUuid, options?: CallOptions): Promise<GpuState | null>
  /** The processes that NVML lists. */
  readProcesses(gpu: GpuUuid, options?: CallOptions): Promise<GpuProcess[]>
  /** The memory in use and the processes of GPUs as they were read. What the driver refuses is in the answer. */
  readUsage(gpus: readonly AnyGpuState[], options?: CallOptions): Promise<readonly GpuUsage[]>
  /**
   * The CUDA version of the driver: `13.0`. Null where this machine has no `libcuda.so.1`. NVML loads that into the
   * process.
   */
  readCudaVersion(options?: CallOptions): Promise<string | null>
  /** The GPUs and MIG devices by NVML's indexes, as `nvidia-smi -L` lists them, without lost GPUs. */
  listDevices(options?: CallOptions): Promise<readonly ListedGpu[]>
  /** The processes that NVML lists, and with `scan` those with open device nodes, as far as this process sees them. */
  readHolders(gpus: readonly GpuUuid[], options: HolderOptions): Promise<Holders>
  /** Whether this GPU changes its MIG mode by a reset. */
  changesModeByReset(gpu: GpuUuid, options?: CallOptions): Promise<boolean>
  readMigMode(gpu: GpuUuid, options?: CallOptions): Promise<MigMode>
  /** Read inside a live GPU instance, because NVML reports them only there. Remembered by profile. */
  readComputeInstanceProfiles(
    gpu: GpuUuid,
    gpuInstanceId: number,
    gpuInstanceProfileId: number,
    options?: CallOptions,
  ): Promise<ComputeInstanceProfile[]>

  /** `activation` is an NVML return code: 0 when the mode has changed, otherwise why it is pending. */
  setMigMode(gpu: GpuUuid, enabled: boolean, options?: CallOptions): Promise<{ activation: number }>
  /**
   * Resets this GPU, which an earlier read of this session must contain. NVML is closed meanwhile, and calls
   * on all sessions of this thread wait. Rejects with `MIG_RESET_REQUIRED` if the GPU was not reset, with
   * `MIG_REBOOT_REQUIRED` if no reset is possible, with `MIG_RESET_TIMEOUT` if the reset did not end, or with
   * the error of a driver that does not open again.
   */
  resetGpu(gpu: GpuUuid): Promise<void>
  /**
   * Null: the driver chooses the placement. With a placement, a driver before R460 answers
   * `NVML_ERROR_FUNCTION_NOT_FOUND`, and the caller decides what to do.
   */
  createGpuInstance(
    gpu: GpuUuid,
    profileId: number,
    placement: Placement | null,
    options?: CallOptions,
  ): Promise<{ id: number; placement: Placement }>
  destroyGpuInstance(gpu: GpuUuid, gpuInstanceId: number, options?: CallOptions): Promise<void>
  /**
   * Null: the driver chooses the placement, as it always does before R525, so compare the result. Its
   * placement is null if the driver does not report it.
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

  /** Null: no events are available for these GPUs. */
  watchEvents(gpus: readonly GpuUuid[], listener: EventListener): Promise<EventWatch | null>

  /** Idempotent. Waits for the calls that have begun, then shuts NVML down. */
  close(): Promise<void>
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}
