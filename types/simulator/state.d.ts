import type { Placement } from '../model/geometry.js'
import type { GpuUuid, MigMode, MigUuid } from '../model/state.js'
import type { SimulatedHost, SimulatedProcess } from './spec.js'

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
