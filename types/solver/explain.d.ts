import type { InfeasibleReason, Layout, Partition } from './layout.js'

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
