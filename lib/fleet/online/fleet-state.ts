import type { FleetMark } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import type { BitSet } from '../layouts/bit-set.js'
import type { GpuBuckets } from '../layouts/gpu-buckets.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import type { FleetModel, FleetModels } from '../model/fleet-model.js'
import type { Stay } from './expected-ends.js'
import type { NameIndex } from './name-index.js'

// The data of a running fleet. The functions that change a part stand in the file named after it.

export interface FleetState {
  readonly models: FleetModels
  /** In the order of their first GPUs. */
  readonly pools: FleetPool[]
  /** In the order of the fleet. */
  readonly gpuByName: NameIndex<OnlineGpu>
  readonly gpusByNode: Map<string | number, Set<OnlineGpu>>
  /** The node of GPUs that name none, by the entry with a count that they belong to. */
  readonly nodeByEntry: Map<string, number>
  /** What changes, for `changesSince`. */
  readonly log: ChangeLog
  /** What plans that are carried out have to do with a holding. */
  readonly planned: Map<Holding, NonNullable<FleetInstance['plan']>>
  /** GPUs that a plan has closed, and whether the caller has cordoned them. */
  readonly closed: Map<OnlineGpu, boolean>
  nextOrder: number
  /** Changes whenever `models.list` does. */
  modelsVersion: number
}

/** What of a fleet has changed since a mark. */
export interface NotedChanges {
  /** GPUs that changed or came. Some may have left. */
  readonly gpus: ReadonlySet<OnlineGpu>
  /** Names of GPUs that left. */
  readonly goneGpus: ReadonlySet<string>
  /** Ids of requests that came or left, in the order in which the last of them came. */
  readonly requests: ReadonlySet<string>
}

/** Notes changes from the first mark on, so that a fleet without marks pays nothing for it. */
export interface ChangeLog {
  readonly gpu: (gpu: OnlineGpu) => void
  readonly gone: (gpu: OnlineGpu) => void
  readonly request: (id: string) => void
  /** A new mark; what changes from now on is noted for it. */
  readonly mark: () => FleetMark
  /** Null: the log does not reach back to this mark. */
  readonly since: (mark: unknown) => NotedChanges | null
}

/** GPUs that only filters can distinguish: one geometry, model name and reservation. */
export interface FleetPool {
  readonly key: string
  model: FleetModel
  readonly modelName: string | null
  readonly reservation: string | undefined
  /** In the order of the fleet, with gaps where GPUs have left. */
  gpus: (OnlineGpu | undefined)[]
  /** Number of positions that `capacity` covers. */
  size: number
  /** Position of the first GPU. */
  first: number
  /** Without the gaps. */
  gpuCount: number
  readonly cordoned: Set<OnlineGpu>
  capacity: PoolCapacity
  idle: IdleInstances
  readonly groups: OnlineGpuGroups
  readonly log: ChangeLog
}

/** What the GPUs of a pool that are not cordoned can still take. */
export type PoolCapacity =
  | {
      readonly kind: 'mig'
      readonly table: LayoutTable
      readonly buckets: GpuBuckets
      readonly demand: PoolDemand
    }
  /** With MIG off: `free` has the positions of GPUs that nobody holds. */
  | { readonly kind: 'whole'; readonly free: BitSet }

/** The idle instances of GPUs that are not cordoned. They are in no demand, since nobody holds them. */
export interface IdleInstances {
  count: number
  /** `by`: 1 where one comes, -1 where it goes. */
  readonly change: (place: number, gpu: number, by: 1 | -1) => void
  /** Position of the first GPU from `from` on that has one at this place; -1: there is none. */
  readonly next: (place: number, from: number) => number
}

/** Instances that requests hold on the GPUs of a pool that are not cordoned. */
export interface PoolDemand {
  /** All of them, by profile position. */
  readonly counts: number[]
  /** Those whose request may accept another profile or another model. */
  readonly wishes: Map<string, WishDemand>
}

/** Instances of requests that accept the same GPUs and profiles. */
export interface WishDemand {
  readonly asked: FleetRequest
  /** By profile position. */
  readonly counts: number[]
  total: number
}

/**
 * The GPUs of a pool that their layout does not describe fully: they are cordoned, or hold something that
 * is pinned or asked for more than a profile. Searches find the others by layout. A change is only noted,
 * so that the next reader of the groups pays for what changed and not for the whole pool.
 */
export interface OnlineGpuGroups {
  readonly byKey: Map<string, OnlineGpuGroup>
  readonly groupOf: Map<OnlineGpu, OnlineGpuGroup>
  readonly changed: Set<OnlineGpu>
}

/** GPUs of one pool that hold the same instances of equal requests. */
export interface OnlineGpuGroup {
  readonly key: string
  /** In the order of the fleet. */
  readonly gpus: OnlineGpu[]
}

export interface OnlineGpu {
  readonly name: string
  /** The entry that the GPU came with. */
  readonly given: FleetGpu
  readonly node: string | number
  readonly pool: FleetPool
  /** Ascends in the order of the fleet. */
  readonly order: number
  /** Position in `pool.gpus`. */
  number: number
  cordoned: boolean
  held: Holding[]
}

/** One instance, or a whole GPU. */
export interface Holding {
  /** Null: the fleet knows no id for it. */
  readonly request: string | null
  gpu: OnlineGpu
  /** Number of the place; -1: the whole GPU. */
  place: number
  pinned: boolean
  /** No request holds it, and any may take it. */
  readonly idle: boolean
  readonly labels: readonly string[]
  /** Null: it asked for no more than its profile, as far as the fleet knows. */
  readonly asked: FleetRequest | null
  /** Null: its request did not say when it ends. */
  readonly stay: Stay | null
}
