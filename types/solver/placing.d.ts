import type { Geometry } from '../model/geometry.js'
import type { InfeasibleReason } from './explain.js'
import type { Layout, Partition, PlacedGpuInstance } from './layout.js'
import type { GeometryTables } from './tables.js'

/** Why devices cannot be added to a layout. The amounts `available` are those that the layout leaves. */
export type NoRoomReason =
  | Extract<
      InfeasibleReason,
      { kind: 'compute-slices' | 'memory-units' | 'profile-maximum' | 'engines' }
    >
  | {
      /** There is enough of everything, but not side by side. */
      readonly kind: 'blocked'
      /** An empty GPU could take them: only where the instances sit is in the way. */
      readonly fitsEmptyGpu: boolean
    }

/** Mind that this is an object, which is always true: ask for its `fits`. */
export type FitsResult =
  | { readonly fits: true }
  | { readonly fits: false; readonly reason: NoRoomReason }

/** What is likely to be wanted of a GPU later. */
export interface Demand {
  readonly profileId: number
  /** How often, beside the others: a whole number from 0. */
  readonly weight: number
}

/**
 * Which of the possible layouts to take:
 * - `most-room`: the one to which the most different partitions could still be added; of those the one
 *   with the greatest sum of that number after one more instance of each profile.
 * - `{ demand }`: the one that is expected to serve the most later requests, drawn from this mix, before
 *   the first that does not fit.
 * - `lowest-start`, `highest-start`: what a first fit from that end aims at.
 * - `driver`: where the driver would put the instances if they were created without a place, one after
 *   the other in the order of the partition.
 *
 * What is equal is decided by the highest starts (of `lowest-start`: the lowest), then by the order of
 * the profiles: the first has the better start.
 */
export type PlacementPreference =
  | 'most-room'
  | 'lowest-start'
  | 'highest-start'
  | 'driver'
  | { readonly demand: readonly Demand[] }

/** What to place on one GPU, and where to begin. */
export interface PlacePartitionProblem {
  readonly gpu: Geometry | GeometryTables
  /** All MIG devices that are wanted; those of `keep` are not part of it, those of `pinned` are. */
  readonly partition: Partition
  /** What is on the GPU and stays as it is, beside the partition. None by default. */
  readonly keep?: Layout
  /**
   * The part of the partition whose place is given already. An instance without compute instances
   * stands for the device that fills it. None by default.
   */
  readonly pinned?: Layout
  /** `most-room` by default. */
  readonly prefer?: PlacementPreference
}

/** It fits, and this is where. */
export interface PlacedPartition {
  readonly kind: 'layout'
  /** Everything: `keep`, `pinned` and what was placed, in ascending order of placement. */
  readonly layout: Layout
  /** The GPU instances that were placed, likewise. */
  readonly added: Layout
}

/** It does not fit, and this is why. */
export interface PartitionNotPlaced {
  readonly kind: 'infeasible'
  readonly reason:
    | NoRoomReason
    | {
        /** These compute instances have no part in what is wanted. */
        readonly kind: 'pinned-unwanted'
        readonly instances: readonly PlacedGpuInstance[]
      }
    | {
        /** It would fit, but not where the driver puts instances when they come in this order. */
        readonly kind: 'driver-order'
        /** The one that found no place any more. */
        readonly profileId: number
      }
}

/** Look at its `kind`. */
export type PlacePartitionResult = PlacedPartition | PartitionNotPlaced
