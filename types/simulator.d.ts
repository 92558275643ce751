import type { Placement } from './geometry.js'
import type { LibraryRef } from './options.js'
import type { GpuUuid, MigMode, MigUuid } from './state.js'

/** GPUs of one model, for a machine that is made. */
export interface SimulatedGpuSpec {
  /** As NVML names it, with or without `NVIDIA `, in any case; or a catalog key: `A100-SXM4-40GB`, `h100-80gb-sxm`. A name that boards of different geometry have (`NVIDIA H100`) is refused: write the key. */
  readonly model: string
  /** Default 1. */
  readonly count?: number
  /** Default false. */
  readonly migEnabled?: boolean
  /** A board whose GPU instance ids are mirrored. Default false. */
  readonly halvesSwapped?: boolean
  /**
   * With `halvesSwapped`: the driver puts the first 3-slice instance into the lower half, as on the board
   * of the MIG User Guide's sample. Default false.
   */
  readonly lowerHalfFirst?: boolean
  /**
   * RTX PRO workstation boards ship for `graphics`, and do MIG in the mode `compute` only. Default:
   * `compute` with `migEnabled`, else `graphics`. Other boards have no such mode.
   */
  readonly displayMode?: 'graphics' | 'compute'
  /**
   * N of `/dev/nvidiaN`, 0 to 31: of the first of these GPUs, the others follow. Default: the lowest
   * numbers that are left, in the order of the GPUs.
   */
  readonly minorNumber?: number
}

/**
 * Where the GPUs of a machine sit in their host, in the order of their indexes. `dgx-a100`: eight, two
 * behind each group of PCIe switches, four of eight NUMA nodes. `dgx-h100`: eight, four on each of two
 * NUMA nodes. `one-socket`: behind one host bridge. `pcie-pairs`: two behind each PCIe switch, on two
 * sockets.
 */
export type SimulatedHost = 'dgx-a100' | 'dgx-h100' | 'one-socket' | 'pcie-pairs'

/** Of `createSimulatedMachine`. */
export interface SimulatedMachineOptions {
  /** File that holds the machine, shared by every process that opens it. Default: private memory. It must not exist yet. */
  readonly store?: string
  /**
   * `580.65.06`, or a branch: `R535`. Symbols and answers follow the branch. Default: 580.65.06, or the
   * first that knows every model of the machine.
   */
  readonly driver?: string
  /**
   * What a mode change on a GPU that needs a reset for it does: the driver resets an idle GPU by
   * itself (`automatic`, the default); it stays pending until `resetGpu` (`manual`); the platform
   * cannot reset (`refused`).
   */
  readonly resetPolicy?: 'automatic' | 'manual' | 'refused'
  /** What callers may do: everything, MIG changes but not the mode, look at everything, look at what is public. Default `admin`. */
  readonly privileges?: 'admin' | 'config' | 'monitor' | 'none'
  /** Part of UUIDs and serial numbers: equal machines with equal seeds have equal ones. 32 bits; default 0. */
  readonly seed?: number
  /** Default: `dgx-a100` for up to eight GPUs, `pcie-pairs` for more. The machine's text may name it: `… on dgx-h100`. */
  readonly host?: SimulatedHost
  /**
   * Which places of compute instances the driver lists. Captures prove the catalog's for the A100 and the
   * H100 SXM; for other boards they are inferred. `other`: each GPU follows the rule that the catalog does
   * not give it. Default `catalog`.
   */
  readonly computePlaces?: 'catalog' | 'other'
  /**
   * How closely the driver checks what no public source settles. `strict` (the default): the placement of
   * a compute instance must equal one that the driver lists, and one over an occupied slice answers
   * `NVML_ERROR_IN_USE`. `loose`: its start alone counts, and one over an occupied slice answers
   * `NVML_ERROR_INSUFFICIENT_RESOURCES`.
   */
  readonly checks?: 'strict' | 'loose'
}

/** A process that NVML lists on a GPU or a MIG device. There need be none of that number. */
export interface SimulatedProcess {
  readonly pid: number
  /** NVML index. */
  readonly gpu: number
  /** Both absent: the process uses the whole GPU. */
  readonly gpuInstanceId?: number
  readonly computeInstanceId?: number
  readonly name?: string
  readonly memoryMiB?: number
  /**
   * Default `compute`. NVML lists an `mps` process among the compute processes as well, and a `subscriber`,
   * which has an instance open without working on it, nowhere: it keeps the instance from being destroyed.
   */
  readonly kind?: 'compute' | 'graphics' | 'mps' | 'subscriber'
}

/** Calls that fail, hang, or both. */
export interface SimulatedFault {
  /** The NVML function without its version suffix: `nvmlDeviceCreateGpuInstanceWithPlacement`. */
  readonly fn: string
  /** Which call from now on, from 1. Default 1. */
  readonly nth?: number
  /** How many calls from there fail. Default 1. */
  readonly times?: number
  /** What they answer: `NVML_ERROR_IN_USE`, or its number. Absent: they answer as usual (use with `hangMs`). */
  readonly error?: string | number
  /** How long they hang first. */
  readonly hangMs?: number
}

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

/** What NVML calls other than those of MIG can set on a GPU. */
export interface SimulatedSettings {
  readonly persistenceMode: boolean
  readonly accountingMode: boolean
  readonly computeMode: SimulatedComputeMode
  /** Null: this GPU has no ECC. */
  readonly ecc: { readonly enabled: boolean; readonly pending: boolean } | null
}

/** NVML's compute modes. */
export type SimulatedComputeMode =
  | 'default'
  | 'exclusive-thread'
  | 'prohibited'
  | 'exclusive-process'

/** One GPU as the simulator holds it, whatever a driver would tell of it. */
export interface SimulatedGpu {
  /** Its place in the machine, which commands go by: the NVML index while no GPU is removed. */
  readonly index: number
  readonly model: string
  readonly uuid: GpuUuid
  readonly pciBusId: string
  /** The NUMA node of the host that is nearest to it. */
  readonly numaNode: number
  /** `/dev/nvidia<minorNumber>`. */
  readonly minorNumber: number
  /** Null: this GPU cannot do MIG. */
  readonly mig: MigMode | null
  readonly halvesSwapped: boolean
  readonly lowerHalfFirst: boolean
  /** Null: a board without a display mode to choose. */
  readonly displayMode: 'graphics' | 'compute' | null
  readonly lost: boolean
  /** It takes no new clients, and new NVML sessions do not see it (`nvmlDeviceModifyDrainState`). */
  readonly draining: boolean
  /** The driver has let go of it (`nvmlDeviceRemoveGpu`): no call finds it until it is discovered again. */
  readonly removed: boolean
  readonly settings: SimulatedSettings
  readonly gpuInstances: readonly SimulatedGpuInstance[]
  readonly processes: readonly SimulatedProcess[]
}

/** A GPU instance as the simulator holds it. */
export interface SimulatedGpuInstance {
  /** Unique on its GPU; says nothing about the place. */
  readonly id: number
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  readonly computeInstances: readonly SimulatedComputeInstance[]
}

/** A compute instance as the simulator holds it. */
export interface SimulatedComputeInstance {
  /** Unique in its GPU instance. */
  readonly id: number
  readonly profileId: number
  readonly placement: Placement
  readonly uuid: MigUuid
  readonly computeMode: SimulatedComputeMode
}

/** A fault that is set, with the calls that it still waits for. */
export interface SimulatedFaultState {
  readonly fn: string
  readonly nth: number
  readonly times: number
  /** An NVML return code. Null: the calls answer as usual, after the time. */
  readonly error: number | null
  readonly hangMs: number
}

/** Everything that a machine is at one moment. Plain data. */
export interface SimulatedMachineDescription {
  /** Null for a private machine. */
  readonly store: string | null
  readonly driver: string
  readonly host: SimulatedHost
  readonly resetPolicy: 'automatic' | 'manual' | 'refused'
  readonly staleSessions: boolean
  readonly idleMemoryMiB: number
  readonly privileges: 'admin' | 'config' | 'monitor' | 'none'
  readonly computePlaces: 'catalog' | 'other'
  readonly checks: 'strict' | 'loose'
  readonly faults: readonly SimulatedFaultState[]
  readonly latencyPreset: 'none' | 'a100' | 'h100'
  /** Time per call in microseconds, by exported name; functions without one of their own are absent. */
  readonly latenciesUs: Readonly<Record<string, number>>
  readonly gpus: readonly SimulatedGpu[]
}

/** What `mknod` would take. */
export interface SimulatedDeviceNode {
  readonly type: 'char'
  readonly major: number
  readonly minor: number
  /** Permission bits. */
  readonly mode: number
}

/**
 * What container runtimes read of a simulated machine's file system. The path is absolute. A `folder` is
 * there also where no file is in it.
 */
export type SimulatedRootEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly content: string }
  | { readonly kind: 'device'; readonly path: string; readonly device: SimulatedDeviceNode }

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
