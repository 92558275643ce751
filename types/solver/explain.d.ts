import type { Engines } from '../model/geometry.js'
import type { Layout, Partition, PlacedGpuInstance } from './layout.js'

/** Why a partition does not fit. */
export type InfeasibleReason =
  | { readonly kind: 'unknown-profile'; readonly profileId: number }
  | {
      readonly kind: 'compute-profile'
      readonly profileId: number
      readonly sliceCount: number
      /** The compute slice counts that this profile can be split into. */
      readonly available: readonly number[]
    }
  | { readonly kind: 'compute-slices'; readonly wanted: number; readonly available: number }
  | { readonly kind: 'memory-units'; readonly wanted: number; readonly available: number }
  | {
      readonly kind: 'profile-maximum'
      readonly profileId: number
      readonly wanted: number
      readonly available: number
    }
  | {
      readonly kind: 'engines'
      readonly engine: keyof Engines
      readonly wanted: number
      readonly available: number
    }
  | {
      /** Instances that must stay, though they are not all wanted. */
      readonly kind: 'pinned-unwanted'
      readonly instances: readonly PlacedGpuInstance[]
    }
  | {
      /** There is enough of everything, but the positions do not allow it. */
      readonly kind: 'no-start'
      readonly profileId: number
      /** What blocks each start of the profile. */
      readonly starts: readonly { readonly start: number; readonly blockedBy: Layout }[]
      /**
       * The GPU instances (as profile ids) and the pinned instances that have no places together. Without
       * any one of them, the others do.
       */
      readonly conflict: { readonly profileIds: readonly number[]; readonly pinned: Layout }
    }

/** The limit that a part of a request exceeds. */
export type Limit =
  | Exclude<InfeasibleReason, { readonly kind: 'no-start' }>
  /** There is enough of everything, but the positions do not allow it. */
  | { readonly kind: 'positions' }

/**
 * A smallest part of a request that does not fit: the fewest devices and pinned instances. Without any one
 * of them, the rest fits.
 */
export interface Conflict {
  /** Wanted devices, in the order of the request. Empty if the pinned instances are not wanted. */
  readonly devices: Partition
  /** Instances that must stay, in ascending order of placement. */
  readonly pinned: Layout
  /** The limit that these alone exceed. */
  readonly limit: Limit
}

/** One of the partitions that fit and change the fewest of the wanted devices. */
export interface NearestPartition {
  /** The devices, in the order of the request, with devices of other sizes last. */
  readonly partition: Partition
  /** The wanted devices that it lacks. */
  readonly without: Partition
  /** The devices that it has in their place. */
  readonly instead: Partition
  /** How many compute slices fewer it has than the wanted devices; 0 if it has at least as many. */
  readonly computeSlicesLost: number
}

/** A partition that does not fit: the reason, a smallest conflict, and partitions that do fit. */
export interface LayoutInfeasible {
  readonly kind: 'infeasible'
  /** Why the whole request does not fit: the simplest reason that applies, amounts before positions. */
  readonly reason: InfeasibleReason
  readonly conflict: Conflict
  /** A largest part of the wanted devices that fits, in their order. */
  readonly wouldFit: Partition
  /**
   * The partitions that fit and change the fewest of the wanted devices. A change leaves a device out or
   * replaces it by one of another size. None is a part of another. Those that lose the fewest compute
   * slices come first, then those that lose the fewest memory units. Empty only if no partition fits.
   */
  readonly nearest: readonly NearestPartition[]
}

/** Options of `explainInfeasible`. */
export interface ExplainOptions {
  /** The instances on the GPU. Only the pinned ones matter. Default: the instances of `pinned`. */
  readonly current?: Layout
  /**
   * Instances of `current` that must stay, in addition to those marked in `current` itself. An entry
   * with compute instances pins these, and their GPU instance with them. An entry without compute
   * instances pins the GPU instance with everything in it.
   */
  readonly pinned?: Layout
  /** How many nearest partitions to return at most. Default: 3 */
  readonly answers?: number
}
