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
  /** Calls that change a GPU, including failed ones. */
  readonly changing: number
}

export interface SessionCallCounts extends NativeCallCounts {
  /** Calls on one GPU alone. */
  readonly gpus: Readonly<Record<GpuUuid, NativeCallCounts>>
}

/** An NVML call that has not returned. */
export interface RunningCall {
  /** Empty between two calls. */
  readonly fn: string
  /** The GPU that its job works on; null: the whole machine. */
  readonly gpu: GpuUuid | null
  /** Where a job on the whole machine is; null otherwise. */
  readonly gpuIndex: number | null
}

/** An event that the driver has sent. */
export interface DriverEvent {
  /** Null when the driver no longer names it. */
  readonly gpu: GpuUuid | null
  /** One of NVML's bits: `nvmlEventTypeXidCriticalError` is 8. */
  readonly eventType: number
  /** The number of an Xid. */
  readonly eventData: number
  /** Null: the whole GPU, or the driver does not say. */
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
  /** A `GpuSnapshot` of each GPU as JSON text, in ascending order of index. */
  snapshot(session: number): Promise<Outcome<readonly string[]>>
  /** The same for the one GPU with this UUID. Calls on other GPUs do not delay it. */
  gpuSnapshot(session: number, gpu: GpuUuid): Promise<Outcome<string>>
  /** A table never changes, and keeps its number for the life of the process. */
  profileTable(number: number): readonly GpuInstanceProfileSnapshot[]
  /** The next snapshot reads the profiles of the machine's GPUs again. */
  forgetProfiles(session: number): Promise<Outcome<undefined>>
  /** The driver calls of the session so far, including its opening. */
  callCounts(session: number): SessionCallCounts
  /** The driver calls that run now, the longest first. */
  runningCalls(session: number): readonly RunningCall[]
  readComputeInstanceProfiles(
    session: number,
    gpu: GpuUuid,
    gpuInstanceId: number,
    gpuInstanceProfileId: number,
  ): Promise<Outcome<readonly ComputeInstanceProfileSnapshot[]>>

  /**
   * Xids and changes of the MIG layout, from the GPUs that report them; fails when none does. The value is
   * the number of the watch. The callback gets each event. Its last call gets null, or the failure that ended
   * the watch; until then the session stays open. The watch does not keep the event loop alive.
   */
  watchEvents(
    session: number,
    gpus: readonly GpuUuid[],
    callback: (news: Success<DriverEvent> | NvmlFailure | null) => void,
  ): Promise<Success<number> | NvmlFailure | SystemFailure>
  /** The last call of the callback comes soon, and keeps the event loop alive until then. */
  stopWatchingEvents(watch: number): void

  /**
   * The value is the number of the lock; null when another holder has it. `holder` is written into the file.
   * Null asks for a shared lock, whose file names no holder.
   */
  tryLock(path: string, holder: string | null): Success<number | null> | SystemFailure
  /** The value is the number of the wait. The callback is called once, unless the wait is stopped. */
  waitForLock(
    path: string,
    holder: string | null,
    callback: (attempt: Success<number> | SystemFailure) => void,
  ): Success<number> | SystemFailure
  /** False: the callback has been or is about to be called. */
  stopWaiting(wait: number): boolean
  releaseLock(lock: number): void

  /**
   * Maps the first `size` bytes of a PCI device's resource file. `access`: 0 to read, 1 to write as well. The value is
   * the number of the map.
   */
  mapRegisters(path: string, size: number, access: 0 | 1): Success<number> | SystemFailure
  /** One access of 32 bits. ENODEV: the device has vanished. */
  readRegister(map: number, offset: number): Success<number> | SystemFailure
  writeRegister(map: number, offset: number, value: number): Success<undefined> | SystemFailure
  unmapRegisters(map: number): void

  /** Whether the other end of this open file can still be read. */
  hasReader(fd: number): boolean
  /** The umask clears bits of the mode. Fails with `EEXIST` if anything is there, even a link. */
  makeCharacterDevice(
    path: string,
    major: number,
    minor: number,
    mode: number,
  ): Success<undefined> | SystemFailure
  /** One datagram to a socket of the file system, or an abstract one (`@name`). Never waits. */
  notifyManager(address: string, text: string): Success<undefined> | SystemFailure
  /** Ends the process at once, even while driver calls run, for which `process.exit()` waits. */
  endProcess(status: number): void
}
