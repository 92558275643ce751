import type { Engines, GpuInstanceProfile, Placement } from '../model/geometry.js'

/** A placement of one profile, with the memory that it occupies as bits. */
export interface PlaceMask {
  readonly placement: Placement
  /**
   * One bit for each part of the memory that no placement divides: 8 bits on an A100, 4 bits for the 12
   * units of an RTX PRO 6000. Two placements overlap exactly if their masks share a bit.
   */
  readonly mask: number
}

/** A profile, and its placements as masks. */
export interface ProfileTable {
  readonly profile: GpuInstanceProfile
  /** In ascending order of start. */
  readonly placements: readonly PlaceMask[]
  /** How many instances an empty GPU can hold at most. */
  readonly maximum: number
}

/** A limit that free memory units alone do not enforce, so it must be counted. */
export interface CountedLimit {
  readonly kind: 'profile-maximum' | 'compute-slices' | 'engines'
  /** The profile of a `profile-maximum`; else null. */
  readonly profileId: number | null
  /** The kind of `engines`; else null. */
  readonly engine: keyof Engines | null
  /** How much of it one instance of each profile takes, in the order of the profiles. */
  readonly amounts: readonly number[]
  readonly available: number
}

/** A residual class: states that can take exactly the same partitions. */
export interface ResidualClassTable {
  /** Numbers of the partitions that can still be added, ascending. Always includes 0, the empty one. */
  readonly partitions: readonly number[]
  /** Those of them that are not part of another. */
  readonly undominated: readonly number[]
}

/**
 * What can still be placed in every state of a GPU. A state is the occupied memory units, and what is left
 * of each counted limit. State 0 is the empty GPU.
 */
export interface ResidualTables {
  readonly stateCount: number
  readonly partitions: {
    /** Every partition that the empty GPU can take, by number: how many instances of each profile. */
    readonly counts: readonly (readonly number[])[]
    /** The states of a GPU that holds exactly this partition, by number. */
    readonly states: readonly (readonly number[])[]
  }
  /** The residual class of each state. */
  readonly classOf: { readonly [state: number]: number }
  /** The classes with the most partitions first. Class 0 is that of the empty GPU. */
  readonly classes: readonly ResidualClassTable[]
  /** Whether a GPU of the first class can take everything that a GPU of the second can. */
  readonly includes: (classNumber: number, other: number) => boolean
  /**
   * The best states of a GPU that holds exactly this partition: no other such state can take everything
   * that they can, and more. If they have several classes, the best depends on later requests.
   */
  readonly bestStates: (partition: number) => readonly number[]
}

/** A compiled geometry. Every question of the solver takes it in place of the geometry. */
export interface GeometryTables {
  /** In the order of the geometry. */
  readonly profiles: readonly ProfileTable[]
  readonly memoryUnits: number
  /** Compute slices of the whole GPU, derived from its profiles, as are the engines. */
  readonly computeSlices: number
  readonly engines: Engines
  readonly limits: readonly CountedLimit[]
  /** Computed on first use. Null if the GPU has too many states or partitions to list. */
  readonly residuals: ResidualTables | null
}
