import type {
  ComputeInstance,
  GpuInstance,
  GpuUuid,
  MigMode,
  MigState,
  VisibleMigDevice,
} from '../model/state.js'
import type { DriverOptions } from './options.js'

/** Of `watchMigState`. */
export interface WatchOptions extends DriverOptions {
  /**
   * How often to look, in milliseconds. Default 1000. Drivers raise an event for an instance that is
   * created or destroyed, which makes it look at once; a changed mode waits for the next look.
   */
  readonly intervalMs?: number
}

/** Which GPU. */
interface ChangeOfGpu {
  readonly gpu: GpuUuid
  /** NVML's index, for people. */
  readonly gpuIndex: number
}

/** The MIG mode, or the one that waits for a reset. Null: the GPU does not do MIG, or not any more. */
export interface MigModeChange extends ChangeOfGpu {
  readonly kind: 'mig-mode'
  readonly before: MigMode | null
  readonly after: MigMode | null
}

/** One that was destroyed and made again between two looks, under the same id, does not show. */
export interface GpuInstanceChange extends ChangeOfGpu {
  readonly kind: 'gpu-instance-created' | 'gpu-instance-destroyed'
  readonly gpuInstance: GpuInstance
}

/** Told apart from that of its GPU instance also where both came or went together. */
export interface ComputeInstanceChange extends ChangeOfGpu {
  readonly kind: 'compute-instance-created' | 'compute-instance-destroyed'
  readonly gpuInstance: GpuInstance
  readonly computeInstance: ComputeInstance
}

/**
 * A MIG device that came or went. Only on a GPU where the driver does not list instances to this process, or
 * did not before. GPU instances without a compute instance come and go unseen there.
 */
export interface MigDeviceChange extends ChangeOfGpu {
  readonly kind: 'mig-device-created' | 'mig-device-destroyed'
  readonly migDevice: VisibleMigDevice
}

/**
 * Whether the driver lists the instances of the GPU to this process. Without `mig/config` it does as long as
 * there is none: `instances-unlisted` says that there is one now.
 */
export interface ListingChange extends ChangeOfGpu {
  readonly kind: 'instances-listed' | 'instances-unlisted'
}

/**
 * `gpu-lost`: it has fallen off the bus. `gpu-gone`: the driver does not list it any more. `gpu-found`:
 * it is there, and was not before; its instances are in the state, and no changes of their own.
 */
export interface GpuPresenceChange {
  readonly kind: 'gpu-lost' | 'gpu-gone' | 'gpu-found'
  /** Null where the driver does not even tell this any more. */
  readonly gpu: GpuUuid | null
  readonly gpuIndex: number
}

/** Source: NVIDIA's Xid catalogue has what each number means. */
export interface XidEvent {
  readonly kind: 'xid'
  /** Null where the driver does not tell it any more. */
  readonly gpu: GpuUuid | null
  readonly gpuIndex: number | null
  readonly xid: number
  /** Null: the whole GPU, or the driver cannot say. */
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  /** How often since the update before. */
  readonly count: number
}

/** The machine cannot be read at the moment; the state is then the last that was. Told once. */
export interface MachineUnreadable {
  readonly kind: 'unreadable'
  readonly error: Error
}

/** It can be read again. What has changed meanwhile comes with it. */
export interface MachineReadable {
  readonly kind: 'readable'
}

/** One thing that has happened to a machine. */
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

/** What has happened since the update before. */
export interface MigStateUpdate {
  /** Empty only in the first update: where the others start from. */
  readonly changes: readonly MigChange[]
  /** How the machine is now. A GPU on which nothing has changed is the same object as before. */
  readonly state: MigState
}

/**
 * Ends with `return()`, `await using` or a `break` out of `for await`, all of which settle when nothing
 * of it is left; and with the signal, which waits for nothing.
 */
export interface MigStateWatch extends AsyncIterableIterator<MigStateUpdate, undefined> {
  return(): Promise<IteratorReturnResult<undefined>>
  [Symbol.asyncDispose](): Promise<void>
}
