import type { Placement } from '../model/geometry.js'
import type { GpuUuid, MigMode, MigUuid } from '../model/state.js'
import type { SimulatedHost, SimulatedProcess } from './spec.js'

/** Settings of a GPU that NVML calls other than those of MIG change. */
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

/** The full state of one GPU, including what a driver would not report. */
export interface SimulatedGpu {
  /** Position in the machine, which commands take. Equals the NVML index while no GPU is removed. */
  readonly index: number
  readonly model: string
  readonly uuid: GpuUuid
  readonly pciBusId: string
  /** The host's nearest NUMA node. */
  readonly numaNode: number
  /** `/dev/nvidia<minorNumber>`. */
  readonly minorNumber: number
  /** Null: this GPU cannot do MIG. */
  readonly mig: MigMode | null
  readonly halvesSwapped: boolean
  readonly lowerHalfFirst: boolean
  /** Null: the board has no display modes. */
  readonly displayMode: 'graphics' | 'compute' | null
  readonly lost: boolean
  /** The GPU takes no new clients, and new NVML sessions do not see it (`nvmlDeviceModifyDrainState`). */
  readonly draining: boolean
  /** The driver has released the GPU (`nvmlDeviceRemoveGpu`). No call finds it until a client discovers it again. */
  readonly removed: boolean
  readonly settings: SimulatedSettings
  readonly gpuInstances: readonly SimulatedGpuInstance[]
  readonly processes: readonly SimulatedProcess[]
}

/** A GPU instance of a simulated machine. */
export interface SimulatedGpuInstance {
  /** Unique on its GPU; says nothing about the placement. */
  readonly id: number
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  readonly computeInstances: readonly SimulatedComputeInstance[]
}

/** A compute instance of a simulated machine. */
export interface SimulatedComputeInstance {
  /** Unique in its GPU instance. */
  readonly id: number
  readonly profileId: number
  readonly placement: Placement
  readonly uuid: MigUuid
  readonly computeMode: SimulatedComputeMode
}

/** An active fault; `nth` and `times` count the calls that are still to come. */
export interface SimulatedFaultState {
  readonly fn: string
  readonly nth: number
  readonly times: number
  /** An NVML return code. Null: the calls answer as usual after `hangMs`. */
  readonly error: number | null
  readonly hangMs: number
}

/** The whole state of a machine at one moment, as plain data. */
export interface SimulatedMachineDescription {
  /** Null for a private machine. */
  readonly store: string | null
  readonly driver: string
  /** False: the kernel module is not loaded, so `nvmlInit` answers `NVML_ERROR_DRIVER_NOT_LOADED`. */
  readonly driverLoaded: boolean
  readonly host: SimulatedHost
  readonly resetPolicy: 'automatic' | 'manual' | 'refused'
  readonly staleSessions: boolean
  readonly idleMemoryMiB: number
  readonly privileges: 'admin' | 'config' | 'monitor' | 'none'
  readonly computePlaces: 'catalog' | 'other'
  readonly checks: 'strict' | 'loose'
  readonly faults: readonly SimulatedFaultState[]
  readonly latencyPreset: 'none' | 'a100' | 'h100'
  /** Microseconds per call, by exported name; only functions with a latency of their own. */
  readonly latenciesUs: Readonly<Record<string, number>>
  readonly gpus: readonly SimulatedGpu[]
}

/** A device node, in terms of `mknod`. */
export interface SimulatedDeviceNode {
  readonly type: 'char'
  readonly major: number
  readonly minor: number
  /** Permission bits. */
  readonly mode: number
}

/** A 32-bit word in a file of registers, in little-endian order. */
export interface SimulatedRegister {
  /** In bytes, from the beginning of the file. */
  readonly offset: number
  readonly value: number
}

/**
 * A file, folder, link or device node of a simulated machine that other programs read. The path is absolute. A
 * `folder` exists even if it is empty. A file of `registers` has `size` bytes, which are 0 but for the words in it.
 */
export type SimulatedRootEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly content: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'device'; readonly path: string; readonly device: SimulatedDeviceNode }
  | {
      readonly kind: 'registers'
      readonly path: string
      readonly size: number
      readonly registers: readonly SimulatedRegister[]
    }
