import type { Geometry } from '../model/geometry.js'
import type { InfeasibleReason } from './explain.js'
import type { Layout, Partition, PlacedGpuInstance } from './layout.js'
import type { GeometryTables } from './tables.js'

/** Why devices cannot be added to a layout. `available` is the amount that the layout leaves. */
export type NoRoomReason =
  | Extract<
      InfeasibleReason,
      { kind: 'compute-slices' | 'memory-units' | 'profile-maximum' | 'engines' }
    >
  | {
      /** There is enough of everything, but the positions do not allow it. */
      readonly kind: 'blocked'
      /** Whether an empty GPU could take them. Then only the positions of the instances are in the way. */
      readonly fitsEmptyGpu: boolean
    }

/** The answer of `fits`. It is an object, which is always truthy: test its property `fits`. */
export type FitsResult =
  | { readonly fits: true }
  | { readonly fits: false; readonly reason: NoRoomReason }

/** One profile that later requests may want, and how often. */
export interface Demand {
  readonly profileId: number
  /** How often, relative to the other entries: a whole number from 0. */
  readonly weight: number
}

/**
 * Which of the possible layouts is best:
 * - `most-room`: the one to which the most different partitions can still be added. Among equal ones, the
 *   one with the greatest sum of that number after one more instance of each profile.
 * - `{ demand }`: the one that can be expected to serve the most later requests, drawn from this mix,
 *   before the first that does not fit.
 * - `lowest-start`, `highest-start`: the one with the lowest or the highest starts.
 * - `driver`: the one that results if the driver chooses each placement, with the devices created one by
 *   one in the order of the partition.
 *
 * Among equal layouts, the highest starts decide (with `lowest-start`: the lowest). Then the order of the
 * profiles decides: the first has the better start.
 */
export type PlacementPreference =
  | 'most-room'
  | 'lowest-start'
  | 'highest-start'
  | 'driver'
  | { readonly demand: readonly Demand[] }

/** A question to `placePartition`: what to place on one GPU, and what is there. */
export interface PlacePartitionProblem {
  readonly gpu: Geometry | GeometryTables
  /** All wanted MIG devices, including those of `pinned`, but not those of `keep`. */
  readonly partition: Partition
  /** Instances on the GPU that stay as they are, in addition to the partition. Default: none. */
  readonly keep?: Layout
  /**
   * Instances of the partition whose placement is given. An instance without compute instances stands
   * for the device that fills it. Default: none.
   */
  readonly pinned?: Layout
  /** Default: `most-room` */
  readonly prefer?: PlacementPreference
}

/** The partition fits: the best layout with it. */
export interface PlacedPartition {
  readonly kind: 'layout'
  /** All instances: `keep` (the same objects), `pinned` and `added`, in ascending order of placement. */
  readonly layout: Layout
  /** The new GPU instances, in ascending order of placement. */
  readonly added: Layout
}

/** The partition does not fit, and why. */
export interface PartitionNotPlaced {
  readonly kind: 'infeasible'
  readonly reason:
    | NoRoomReason
    | {
        /** These pinned instances are not part of the partition. */
        readonly kind: 'pinned-unwanted'
        readonly instances: readonly PlacedGpuInstance[]
      }
    | {
        /** It fits, but not where the driver puts instances in this order. */
        readonly kind: 'driver-order'
        /** The profile for which the driver finds no place. */
        readonly profileId: number
      }
}

/** The answer of `placePartition`; its `kind` says which. */
export type PlacePartitionResult = PlacedPartition | PartitionNotPlaced
