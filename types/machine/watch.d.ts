import type {
  ComputeInstance,
  GpuInstance,
  GpuUuid,
  MigMode,
  MigState,
  VisibleMigDevice,
} from '../model/state.js'
import type { DriverOptions } from './options.js'

/** Options of `watchMigState`. */
export interface WatchOptions extends DriverOptions {
  /**
   * How often to read the machine, in milliseconds. Default 1000. When the driver sends an event, for example because an
   * instance is created or destroyed, the machine is read at once. A changed MIG mode sends none.
   */
  readonly intervalMs?: number
}

/** The GPU of a change. */
interface ChangeOfGpu {
  readonly gpu: GpuUuid
  /** NVML's index, for people. */
  readonly gpuIndex: number
}

/** The MIG mode, or the pending one, has changed. Null: the GPU does not support MIG, or not any more. */
export interface MigModeChange extends ChangeOfGpu {
  readonly kind: 'mig-mode'
  readonly before: MigMode | null
  readonly after: MigMode | null
}

/**
 * A GPU instance was created or destroyed. One that is destroyed and created again with the same id between two
 * reads is not seen.
 */
export interface GpuInstanceChange extends ChangeOfGpu {
  readonly kind: 'gpu-instance-created' | 'gpu-instance-destroyed'
  readonly gpuInstance: GpuInstance
}

/**
 * A compute instance was created or destroyed. It has a change of its own also when its GPU instance came or went
 * with it.
 */
export interface ComputeInstanceChange extends ChangeOfGpu {
  readonly kind: 'compute-instance-created' | 'compute-instance-destroyed'
  readonly gpuInstance: GpuInstance
  readonly computeInstance: ComputeInstance
}

/**
 * A MIG device was created or destroyed. Only for a GPU whose instances the driver does not list to this process, or did
 * not list before. GPU instances without a compute instance are not seen there.
 */
export interface MigDeviceChange extends ChangeOfGpu {
  readonly kind: 'mig-device-created' | 'mig-device-destroyed'
  readonly migDevice: VisibleMigDevice
}

/**
 * The driver has begun, or ceased, to list the instances of the GPU to this process. To a process without the capability
 * `mig/config`, it lists them only while there is none: `instances-unlisted` means that there is one now.
 */
export interface ListingChange extends ChangeOfGpu {
  readonly kind: 'instances-listed' | 'instances-unlisted'
}

/**
 * A GPU has come or gone.
 *
 * - `gpu-lost`: it has fallen off the bus.
 * - `gpu-gone`: the driver does not list it any more.
 * - `gpu-found`: it was not there before. Its instances are in the state, without changes of their own.
 */
export interface GpuPresenceChange {
  readonly kind: 'gpu-lost' | 'gpu-gone' | 'gpu-found'
  /** Null if the driver does not report it any more. */
  readonly gpu: GpuUuid | null
  readonly gpuIndex: number
}

/** An Xid error of the driver. NVIDIA's Xid catalogue explains each number. */
export interface XidEvent {
  readonly kind: 'xid'
  /** Null if the driver does not report it any more. */
  readonly gpu: GpuUuid | null
  readonly gpuIndex: number | null
  /** The number of the Xid. */
  readonly xid: number
  /** Null: the Xid concerns the whole GPU, or the driver does not say which instance. */
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  /** How often it occurred since the previous update. */
  readonly count: number
}

/** The machine cannot be read now; the update has the last state that could. Reported once. */
export interface MachineUnreadable {
  readonly kind: 'unreadable'
  readonly error: Error
}

/** The machine can be read again. What has changed meanwhile is in the same update. */
export interface MachineReadable {
  readonly kind: 'readable'
}

/** One change of a machine. */
export type MigChange =
  | MigModeChange
  | GpuInstanceChange
  | ComputeInstanceChange
  | MigDeviceChange
  | ListingChange
  | GpuPresenceChange
  | XidEvent
  | MachineUnreadable
  | MachineReadable

/** What has changed since the previous update. */
export interface MigStateUpdate {
  /** Empty only in the first update, from which the others start. */
  readonly changes: readonly MigChange[]
  /** The machine now. A GPU on which nothing has changed is the same object as in the previous update. */
  readonly state: MigState
}

/**
 * The updates of a watch. `return()`, `await using` and a `break` out of `for await` end it, and settle when all of it is
 * closed. Its signal ends it too, without waiting.
 */
export interface MigStateWatch extends AsyncIterableIterator<MigStateUpdate, undefined> {
  return(): Promise<IteratorReturnResult<undefined>>
  [Symbol.asyncDispose](): Promise<void>
}
