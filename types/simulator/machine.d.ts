import type { LibraryRef } from '../machine/options.js'
import type { SimulatedFault, SimulatedProcess } from './spec.js'
import type { SimulatedMachineDescription, SimulatedRootEntry } from './state.js'

/** What is given to a machine: GPUs, options, processes, faults. */
export type * from './spec.js'
/** What a machine is at one moment. */
export type * from './state.js'

/** How often NVML was called on a machine. */
export interface SimulatedCallCounts {
  /** Every NVML call by any client since the last reset. */
  readonly total: number
  /** Those that change something: mode, instances, settings, GPUs removed and discovered. Failed ones included. */
  readonly changing: number
  /** By exported name, such as `nvmlInit_v2`; functions never called are absent. */
  readonly byFunction: Readonly<Record<string, number>>
}

/** One changing call. */
export interface SimulatedCall {
  readonly kind: 'call'
  /** From 1, counted together with what the control side did. */
  readonly sequence: number
  readonly pid: number
  readonly fn: string
  /** The GPU's place in the machine: its NVML index while none is removed. Null: a search for GPUs everywhere. */
  readonly gpu: number | null
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  readonly profileId: number | null
  readonly placement: { readonly start: number; readonly size: number } | null
  /** The mode asked for; null on other calls. */
  readonly migEnabled: boolean | null
  /** NVML's number for what another setting (persistence, ECC, compute mode, drain state, …) was to become. */
  readonly setting: number | null
  /** Whether that mode took effect, as an NVML return code; null on other calls, and where the call failed before. */
  readonly activation: number | null
  /** The NVML return code. */
  readonly ret: number
  /** An injected fault answered, and the call did nothing. */
  readonly injected: boolean
}

/**
 * What the control side did to a machine: processes, lost GPUs, resets, reboots, privileges, reset
 * policy, faults, latencies. `count-call` is a call of any client that a fault was waiting for.
 */
export interface SimulatedControlAction {
  readonly kind: 'control'
  readonly sequence: number
  readonly pid: number
  /** As a command of the control language, which does the same again: `reset-gpu gpu=0`. */
  readonly command: string
}

/** Look at its `kind`. */
export type SimulatedJournalEntry = SimulatedCall | SimulatedControlAction

/** A GPU model that a simulated machine can have. */
export interface SimulatedModel {
  /** The catalog's own name: `a100-40gb`. */
  readonly key: string
  /** As NVML names it: `NVIDIA A100-SXM4-40GB`. */
  readonly name: string
  readonly migCapable: boolean
  readonly memoryMiB: number
  /**
   * What nobody has published of it, so that the simulator goes by a guess there: fields of the catalog,
   * such as `gpuInstanceProfiles[].id`. Values and rules are in `catalog/assumed.json`. Empty: no guess.
   */
  readonly assumed: readonly string[]
}

/** A machine full of GPUs that exists only in memory or in a file, behind a real NVML library. */
export interface SimulatedMachine {
  /** Pass it as `library` to any function of this package. */
  readonly library: LibraryRef
  /** For other NVML clients: environment variables that make them see this machine. Only with a store. */
  readonly env: Readonly<Record<string, string>>
  describe(): SimulatedMachineDescription
  callCounts(): SimulatedCallCounts
  resetCallCounts(): void
  /** Changing calls, oldest first, by every client. */
  journal(): readonly SimulatedCall[]
  /** With `control` also what the control side did in between: all that it takes to do everything again. */
  journal(options: { readonly control: boolean }): readonly SimulatedJournalEntry[]
  addProcess(process: SimulatedProcess): void
  removeProcess(pid: number): void
  /**
   * The GPU falls off the bus: calls on it answer `NVML_ERROR_GPU_IS_LOST`. A handle from before still
   * gives what a driver remembers: UUID, name, index, minor number and PCI address.
   */
  loseGpu(index: number): void
  /** What `nvidia-smi -r` does: a pending mode takes effect, instances are gone. Refused while the GPU is in use. */
  resetGpu(index: number): void
  /** Instances are gone; the mode stays only where the GPU keeps it (Ampere). Lost GPUs are back. */
  reboot(): void
  fail(fault: SimulatedFault): void
  clearFaults(): void
  /** Time per call in microseconds: for one function, or a preset with published times of create and destroy by size. */
  setLatency(latency: { readonly fn: string; readonly us: number } | 'none' | 'a100' | 'h100'): void
  setPrivileges(privileges: 'admin' | 'config' | 'monitor' | 'none'): void
  setResetPolicy(policy: 'automatic' | 'manual' | 'refused'): void
  /**
   * Whether NVML sessions that begin from now on go on seeing the MIG devices that were there at their
   * beginning, until their process initialises NVML again, as drivers have been seen to do. Default: they do
   * not. GPU instances and compute instances are listed as they are.
   */
  setStaleSessions(stale: boolean): void
  /** Memory in MiB, up to 1,024, that each GPU instance has in use although nobody works in it. Default 0. */
  setIdleMemory(mebibytes: number): void
  /** What container runtimes find below `/proc` and `/dev` of this machine, at this moment. */
  rootTree(): readonly SimulatedRootEntry[]
  /** Frees a private machine; of a stored one only this process's view. Sessions on it must be closed first. */
  close(): void
  [Symbol.dispose](): void
}
