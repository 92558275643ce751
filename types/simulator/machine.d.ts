import type { LibraryRef } from '../machine/options.js'
import type { SimulatedFault, SimulatedProcess } from './spec.js'
import type { SimulatedMachineDescription, SimulatedRootEntry } from './state.js'

/** The input of a machine: GPUs, options, processes, faults. */
export type * from './spec.js'
/** The state of a machine at one moment. */
export type * from './state.js'

/** Numbers of NVML calls on a machine. */
export interface SimulatedCallCounts {
  /** All calls by all clients since the last `resetCallCounts`. */
  readonly total: number
  /** Calls that change the mode, instances or settings, or remove or discover GPUs; also those that failed. */
  readonly changing: number
  /** Calls by exported name, such as `nvmlInit_v2`; functions without a call are absent. */
  readonly byFunction: Readonly<Record<string, number>>
}

/** One NVML call that changed, or tried to change, something. */
export interface SimulatedCall {
  readonly kind: 'call'
  /** From 1, in one series with the actions of the control side. */
  readonly sequence: number
  readonly pid: number
  readonly fn: string
  /** The GPU's position in the machine: its NVML index while no GPU is removed. Null: a search for all GPUs. */
  readonly gpu: number | null
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  readonly profileId: number | null
  readonly placement: { readonly start: number; readonly size: number } | null
  /** The requested MIG mode; null for other calls. */
  readonly migEnabled: boolean | null
  /** The requested value of another setting (persistence, ECC, compute mode, drain state, …), as NVML's number. */
  readonly setting: number | null
  /** Whether the MIG mode took effect, as an NVML return code; null for other calls and if the call failed earlier. */
  readonly activation: number | null
  /** The NVML return code. */
  readonly ret: number
  /** True: an injected fault answered, and the call did nothing. */
  readonly injected: boolean
}

/**
 * An action of the control side on a machine: processes, lost GPUs, resets, reboots, privileges, reset
 * policy, faults, latencies. `count-call` stands for a client's call that counted against a fault.
 */
export interface SimulatedControlAction {
  readonly kind: 'control'
  readonly sequence: number
  readonly pid: number
  /** The command of the control language that repeats it: `reset-gpu gpu=0`. */
  readonly command: string
}

/** An entry of the journal; `kind` distinguishes the two. */
export type SimulatedJournalEntry = SimulatedCall | SimulatedControlAction

/** A GPU model that a simulated machine can have. */
export interface SimulatedModel {
  /** The catalog's key: `a100-40gb`. */
  readonly key: string
  /** NVML's name: `NVIDIA A100-SXM4-40GB`. */
  readonly name: string
  readonly migCapable: boolean
  readonly memoryMiB: number
  /**
   * Fields of the catalog without a published value, such as `gpuInstanceProfiles[].id`. The simulator
   * guesses them; values and rules are in `catalog/assumed.json`. Empty: no guess.
   */
  readonly assumed: readonly string[]
}

/** A machine full of GPUs, in memory or in a file, behind a real NVML library. */
export interface SimulatedMachine {
  /** Pass it as `library` to any function of this package. */
  readonly library: LibraryRef
  /** Environment variables that show this machine to other NVML clients. Empty for a machine without a store. */
  readonly env: Readonly<Record<string, string>>
  describe(): SimulatedMachineDescription
  callCounts(): SimulatedCallCounts
  resetCallCounts(): void
  /** The changing calls of all clients, oldest first. */
  journal(): readonly SimulatedCall[]
  /** With `control`, also the actions of the control side in between: all entries that a replay needs. */
  journal(options: { readonly control: boolean }): readonly SimulatedJournalEntry[]
  addProcess(process: SimulatedProcess): void
  removeProcess(pid: number): void
  /**
   * Makes the GPU fall off the bus: calls on it answer `NVML_ERROR_GPU_IS_LOST`. An earlier handle still
   * returns what a driver remembers: UUID, name, index, minor number and PCI address.
   */
  loseGpu(index: number): void
  /**
   * Raises an Xid for clients that wait for events: of the whole GPU, of a GPU instance, or of a compute instance in it. Nothing else
   * happens to the GPU.
   */
  raiseXid(
    index: number,
    event: {
      readonly xid: number
      readonly gpuInstanceId?: number
      readonly computeInstanceId?: number
    },
  ): void
  /** Resets the GPU as `nvidia-smi -r` does: a pending mode takes effect, instances are gone. Refused while it is in use. */
  resetGpu(index: number): void
  /**
   * Requests a MIG mode as a write into the GPU's mode register does: it is pending until a reset. Only GPUs with the
   * chip GA100 (A100, A30) have that register.
   */
  requestMode(index: number, enabled: boolean): void
  /** Reboots the machine: instances are gone, the mode stays on Ampere only, lost GPUs are back, the driver is loaded. */
  reboot(): void
  /**
   * Unloads the kernel module: instances are gone, the mode stays on Ampere only, and `nvmlInit` answers
   * `NVML_ERROR_DRIVER_NOT_LOADED`. Refused while a process uses a GPU, or this process has an NVML session.
   */
  unloadDriver(): void
  /** Loads the kernel module again. */
  loadDriver(): void
  fail(fault: SimulatedFault): void
  clearFaults(): void
  /** Sets microseconds per call: for one function, or a preset with published times of create and destroy by size. */
  setLatency(latency: { readonly fn: string; readonly us: number } | 'none' | 'a100' | 'h100'): void
  setPrivileges(privileges: 'admin' | 'config' | 'monitor' | 'none'): void
  setResetPolicy(policy: 'automatic' | 'manual' | 'refused'): void
  /**
   * With `true`, new NVML sessions keep seeing the MIG devices of their beginning until their process
   * initialises NVML again, as real drivers have done. Lists of GPU instances and compute instances stay
   * current. Initially false.
   */
  setStaleSessions(stale: boolean): void
  /** Sets the memory in MiB, up to 1,024, that each GPU instance uses without any process. Initially 0. */
  setIdleMemory(mebibytes: number): void
  /** The current files, folders, links and device nodes of this machine that other programs read. */
  rootTree(): readonly SimulatedRootEntry[]
  /** Frees a private machine, or this process's view of a stored one. Close sessions on it first. */
  close(): void
  [Symbol.dispose](): void
}
