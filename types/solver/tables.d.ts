import type { Engines, GpuInstanceProfile, Placement } from '../model/geometry.js'

/** A place where a GPU instance of one profile can sit. */
export interface PlaceMask {
  readonly placement: Placement
  /**
   * A bit for each part of the memory that no placement divides: 8 on an A100, 4 for the 12 units of
   * an RTX PRO 6000. Two placements overlap exactly when they have a bit in common.
   */
  readonly mask: number
}

/** A profile, and its places as masks. */
export interface ProfileTable {
  readonly profile: GpuInstanceProfile
  /** In ascending order of start. */
  readonly placements: readonly PlaceMask[]
  /** The most instances at once on an empty GPU. */
  readonly maximum: number
}

/** A limit that free memory units alone do not keep: it has to be counted. */
export interface CountedLimit {
  readonly kind: 'profile-maximum' | 'compute-slices' | 'engines'
  /** Of `profile-maximum`; else null. */
  readonly profileId: number | null
  /** Of `engines`; else null. */
  readonly engine: keyof Engines | null
  /** What one instance of each profile takes of it, in the order of the profiles. */
  readonly amounts: readonly number[]
  readonly available: number
}

/** States that can take exactly the same partitions. */
export interface ResidualClassTable {
  /** Numbers of the partitions that can still be added, ascending; always with the empty one, 0. */
  readonly partitions: readonly number[]
  /** Those of them that are part of no other. */
  readonly undominated: readonly number[]
}

/**
 * What can still be placed in every state that a GPU can be in. A state is the occupied units and
 * what is left of each counted limit; state 0 is the empty GPU.
 */
export interface ResidualTables {
  readonly stateCount: number
  readonly partitions: {
    /** Every partition that the empty GPU can take, by number: instances of each profile, in their order. */
    readonly counts: readonly (readonly number[])[]
    /** The states of the GPUs that hold exactly this partition. */
    readonly states: readonly (readonly number[])[]
  }
  /** Residual class of each state. */
  readonly classOf: { readonly [state: number]: number }
  /** The most partitions first; class 0 is that of the empty GPU. */
  readonly classes: readonly ResidualClassTable[]
  /** Whether a GPU of the one class can take everything that one of the other can. */
  readonly includes: (classNumber: number, other: number) => boolean
  /**
   * The states of GPUs with exactly this partition that no other such state dominates: none can take
   * all that they can and more. More than one class of them: the best depends on what comes.
   */
  readonly bestStates: (partition: number) => readonly number[]
}

/** A geometry, compiled. Every question of the solver takes it in place of the geometry. */
export interface GeometryTables {
  /** In the order of the geometry. */
  readonly profiles: readonly ProfileTable[]
  readonly memoryUnits: number
  /** Of the whole GPU, as far as its profiles tell; so are the engines. */
  readonly computeSlices: number
  readonly engines: Engines
  readonly limits: readonly CountedLimit[]
  /** Made on first use. Null: the GPU has too many states or partitions to list them all. */
  readonly residuals: ResidualTables | null
}
