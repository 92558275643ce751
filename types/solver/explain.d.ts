import type { Engines } from '../model/geometry.js'
import type { Layout, Partition, PlacedGpuInstance } from './layout.js'

/** Why a partition cannot be had. */
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
      /** Instances that may not be touched, but are not (all) wanted. */
      readonly kind: 'pinned-unwanted'
      readonly instances: readonly PlacedGpuInstance[]
    }
  | {
      /** Everything fits by count, but not by position. */
      readonly kind: 'no-start'
      readonly profileId: number
      /** For each start of the profile, what lies in the way. */
      readonly starts: readonly { readonly start: number; readonly blockedBy: Layout }[]
      /**
       * The GPU instances (profile ids) that the conflicting part of the request needs, and the pinned
       * instances of it: they cannot sit together, and nothing of it can be left out.
       */
      readonly conflict: { readonly profileIds: readonly number[]; readonly pinned: Layout }
    }

/** What a part of a request runs into. */
export type Limit =
  | Exclude<InfeasibleReason, { readonly kind: 'no-start' }>
  /** There is enough of everything, but not side by side. */
  | { readonly kind: 'positions' }

/**
 * A smallest part of a request that cannot be had by itself: the fewest devices and pinned instances.
 * Leave out any one of them, and the rest can be had.
 */
export interface Conflict {
  /** Wanted devices, in the order of the request. Empty where the pinned instances are not wanted. */
  readonly devices: Partition
  /** Instances that may not be touched, in ascending order of placement. */
  readonly pinned: Layout
  /** What these alone run into. */
  readonly limit: Limit
}

/** A partition that fits, one of those that change the fewest of the wanted devices. */
export interface NearestPartition {
  /** In the order of the request, devices of other sizes last. */
  readonly partition: Partition
  /** The wanted devices that it does not have. */
  readonly without: Partition
  /** Those that it has in their stead. */
  readonly instead: Partition
  /** Compute slices of all its devices less than those of the wanted ones; 0 where it has as many. */
  readonly computeSlicesLost: number
}

/** A partition that the GPU cannot have, with proof and ways out. */
export interface LayoutInfeasible {
  readonly kind: 'infeasible'
  /** Of the whole request: the simplest that holds, amounts before positions. */
  readonly reason: InfeasibleReason
  readonly conflict: Conflict
  /** A largest part of `wanted` that does fit, in the order of `wanted`. */
  readonly wouldFit: Partition
  /**
   * The partitions that do fit and change the fewest of the wanted devices (leave one out, or have one
   * of another size in its stead), none a part of another. Those that lose the fewest compute slices
   * come first, then the fewest memory units. Empty only where no partition at all fits.
   */
  readonly nearest: readonly NearestPartition[]
}

/** Of `explainInfeasible`. */
export interface ExplainOptions {
  /** What is on the GPU. Of account is only what in it is `pinned`. Default: the pinned instances. */
  readonly current?: Layout
  /**
   * Instances of `current` that may not be touched, beside those marked in it. Of an entry with
   * compute instances, those stay, and their GPU instance with them; of one without, the GPU instance
   * with all that is in it.
   */
  readonly pinned?: Layout
  /** The most nearest partitions to name. Default 3. */
  readonly answers?: number
}
