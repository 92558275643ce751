import type { LibraryRef } from '../../../types/machine/options.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { Nvml } from '../../../types/nvml.js'
import type { ComputeInstanceProfileSnapshot, GpuInstanceProfileSnapshot } from './gpu-snapshot.js'
import type { LibraryFailure, NvmlFailure, Outcome, Success, SystemFailure } from './outcome.js'

// What mig_nvml.node exports. The table of exports in native/addon/addon.cc has the same names.

export interface OpenedSession {
  readonly session: number
  readonly driverVersion: string
  readonly libraryPath: string
}

export interface NativeCallCounts {
  readonly total: number
  /** Those that change a GPU, failed ones included. */
  readonly changing: number
}

export interface SessionCallCounts extends NativeCallCounts {
  /** Of calls that were about one GPU alone. */
  readonly gpus: Readonly<Record<GpuUuid, NativeCallCounts>>
}

/** An NVML call that has not come back. */
export interface RunningCall {
  /** Empty between two calls. */
  readonly fn: string
  /** What the work is about that it belongs to; null: the whole machine. */
  readonly gpu: GpuUuid | null
  /** Of work on the whole machine: at which GPU it is. */
  readonly gpuIndex: number | null
}

/** What a driver told by itself. */
export interface DriverEvent {
  /** Null when the driver does not tell it any more. */
  readonly gpu: GpuUuid | null
  /** A bit of NVML's: `nvmlEventTypeXidCriticalError` is 8. */
  readonly eventType: number
  /** Of an Xid its number. */
  readonly eventData: number
  /** Null: the whole GPU, or the driver cannot say. */
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
}

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
  /** Calls the library's own function; no session needs to be open. */
  resetGpu(
    path: string,
    selector: NonNullable<LibraryRef['selector']> | null,
    symbol: string,
    pciBusId: string,
  ): Promise<Outcome<undefined> | LibraryFailure>
  /** Of each GPU a `GpuSnapshot` as JSON text, in ascending order of index. */
  snapshot(session: number): Promise<Outcome<readonly string[]>>
  /** The same for the one GPU with this UUID; calls on the others do not hold it up. */
  gpuSnapshot(session: number, gpu: GpuUuid): Promise<Outcome<string>>
  /** A table never changes, and its number stands for it as long as the process lives. */
  profileTable(number: number): readonly GpuInstanceProfileSnapshot[]
  /** Has the profiles of the machine's GPUs read anew with the next snapshot. */
  forgetProfiles(session: number): Promise<Outcome<undefined>>
  /** What the session has asked of the driver so far, its opening included. */
  callCounts(session: number): SessionCallCounts
  /** What threads of the session are doing now, the longest first. */
  runningCalls(session: number): readonly RunningCall[]
  readComputeInstanceProfiles(
    session: number,
    gpu: GpuUuid,
    gpuInstanceId: number,
    gpuInstanceProfileId: number,
  ): Promise<Outcome<readonly ComputeInstanceProfileSnapshot[]>>

  /**
   * Xids and changes of the MIG layout, from those GPUs that tell of them; fails when none does. The
   * value is the watch's number. The callback gets each event, and at last null, or why there will be
   * none any more; until then the session stays open. It does not keep the event loop alive.
   */
  watchEvents(
    session: number,
    gpus: readonly GpuUuid[],
    callback: (news: Success<DriverEvent> | NvmlFailure | null) => void,
  ): Promise<Success<number> | NvmlFailure | SystemFailure>
  /** The last news come soon; until then the event loop is kept alive. */
  stopWatchingEvents(watch: number): void

  /**
   * The value is the lock's number; null when another holder has it. `holder` is written into the
   * file; null: the lock is shared with others who want it so, and the file names nobody.
   */
  tryLock(path: string, holder: string | null): Success<number | null> | SystemFailure
  /** The value is the wait's number. The callback is called once, unless the wait is stopped. */
  waitForLock(
    path: string,
    holder: string | null,
    callback: (attempt: Success<number> | SystemFailure) => void,
  ): Success<number> | SystemFailure
  /** False: the callback has been or is about to be called. */
  stopWaiting(wait: number): boolean
  releaseLock(lock: number): void

  /** Whether anybody can still read what is written to this open file of the process. */
  hasReader(fd: number): boolean
}
