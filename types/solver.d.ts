import type { Engines, Geometry, Placement } from './geometry.js'

/** How many MIG devices of one size are wanted on a GPU. */
export interface WantedDevices {
  /** `GpuInstanceProfile.id` */
  readonly profileId: number
  /** Compute slices of each device; the profile's own `sliceCount` means the full compute instance. */
  readonly sliceCount: number
  readonly count: number
}

/** A multiset of sizes, without positions. */
export type Partition = readonly WantedDevices[]

export interface PlacedComputeInstance {
  readonly sliceCount: number
  /** Null where the driver cannot tell. */
  readonly placement: Placement | null
  /** May not be touched, say because a process uses it. Its GPU instance then may not be either. */
  readonly pinned?: boolean
}

export interface PlacedGpuInstance {
  readonly profileId: number
  readonly placement: Placement
  readonly computeInstances: readonly PlacedComputeInstance[]
  readonly pinned?: boolean
}

/** A set of placed instances on one GPU. */
export type Layout = readonly PlacedGpuInstance[]

export interface LayoutProblem {
  readonly geometry: Geometry
  readonly wanted: Partition
  readonly current?: Layout
}

export interface LayoutSolution {
  readonly kind: 'layout'
  /**
   * The target, in ascending order of placement. Of all layouts with the wanted devices it keeps the
   * most compute instances of `current` where they are, then the most GPU instances, then has the
   * fewest GPU instances, then leaves the most room for later ones.
   */
  readonly layout: Layout
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
}

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
      /** A smallest set of wanted GPU instances (profile ids) and pinned instances that cannot sit together. */
      readonly conflict: { readonly profileIds: readonly number[]; readonly pinned: Layout }
    }

export interface LayoutInfeasible {
  readonly kind: 'infeasible'
  readonly reason: InfeasibleReason
  /** A largest part of `wanted` that does fit, in the order of `wanted`. */
  readonly wouldFit: Partition
}

export type LayoutResult = LayoutSolution | LayoutInfeasible
