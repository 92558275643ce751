import type { NvmlCode } from './errors.js'
import type { GpuProcess, GpuUuid, MigState, MigUuid } from './state.js'

/** A state with what uses its GPUs: `readMigState` with the option `processes`. */
export interface UsedMigState extends MigState {
  /** One element for each GPU in `gpus`, in the same order. Read right after the state. */
  readonly usage: readonly GpuUsage[]
}

/** What uses a GPU. What this process may not see is in `unreadable`, and never looks like nothing. */
export interface GpuUsage {
  readonly gpu: GpuUuid
  /** NVML's index. */
  readonly gpuIndex: number
  /** Memory in use on the whole GPU. Null: unreadable. Source: `nvmlDeviceGetMemoryInfo`. */
  readonly usedMemoryMiB: number | null
  /** The MIG devices that this process sees, in the order of `listMigDevices`. */
  readonly migDevices: readonly MigDeviceUsage[]
  /**
   * The processes on the GPU that NVML lists. Where it refuses the list of the whole GPU, those on the MIG devices that
   * this process sees.
   */
  readonly processes: readonly GpuProcess[]
  /** What the driver did not report. Empty: everything is above. */
  readonly unreadable: readonly UnreadableUsage[]
}

/** The memory of one MIG device: that of its GPU instance, which all compute instances in it share. */
export interface MigDeviceUsage {
  readonly gpuInstanceId: number
  /** Unique in its GPU instance. */
  readonly computeInstanceId: number
  readonly uuid: MigUuid | null
  /** Null: unreadable, or a MIG device without a UUID. */
  readonly usedMemoryMiB: number | null
  /** What programs can use, as the driver reports it. Null as above. */
  readonly totalMemoryMiB: number | null
}

/** A part of the usage that the driver did not report, such as `NVML_ERROR_NO_PERMISSION` without `mig/monitor`. */
export interface UnreadableUsage {
  readonly what: 'memory' | 'processes'
  /** Null: that of the whole GPU. */
  readonly migDevice: MigUuid | null
  /** NVML's answer. */
  readonly code: NvmlCode
}
