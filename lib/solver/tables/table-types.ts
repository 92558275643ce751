import type { Engines, GpuInstanceProfile, Placement } from '../../../types/model/geometry.js'

export interface Tables {
  /** In the order of the geometry. */
  readonly profiles: readonly CompiledProfile[]
  readonly profileById: ReadonlyMap<number, CompiledProfile>
  /** Every placement of every profile, in the order of the profiles. */
  readonly places: readonly CompiledPlacement[]
  /** The profiles that are hardest to place first. */
  readonly searchOrder: readonly CompiledProfile[]
  /** All masks are below it. If it is 2 ** 32, they may be negative. */
  readonly maskCount: number
  readonly memoryUnits: number
  readonly computeSlices: number
  readonly engines: Engines
  /** The limits that free memory units alone do not enforce. */
  readonly limits: readonly BindingLimit[]
  /** Computed on first use. */
  readonly states: StateTable
  /** Computed on first use. Null: the GPU has too many states or partitions to list. */
  readonly residuals: ResidualTable | null
}

export interface CompiledProfile {
  /** Position in `Tables.profiles`. */
  readonly position: number
  readonly profile: GpuInstanceProfile
  /** In ascending order of start. */
  readonly placements: readonly CompiledPlacement[]
  /** How many instances an empty GPU can hold at most. */
  readonly maximum: number
  /** Memory units of one instance. */
  readonly unitCount: number
  readonly compute: ComputeTable
}

export interface CompiledPlacement {
  /** Position in `Tables.places`. */
  readonly number: number
  readonly profilePosition: number
  readonly placement: Placement
  /** Two placements overlap exactly if their masks share a bit. */
  readonly mask: number
}

/** What one kind of GPU instance can be split into. */
export interface ComputeTable {
  /** Largest first. */
  readonly sizes: readonly ComputeSize[]
  readonly sliceCount: number
  /**
   * The listed placement of the full compute instance, which may span more slots than it has slices.
   * Null: none is listed.
   */
  readonly whole: Placement | null
  /** The table is the usual one, because the driver has not reported this GPU's own. */
  readonly assumed: boolean
  /** False: the driver takes no placement for a compute instance (before R525). */
  readonly takesPlacements: boolean
}

/** One size of compute instance inside a GPU instance. */
export interface ComputeSize {
  readonly sliceCount: number
  readonly maximum: number
  readonly placements: readonly Placement[]
}

/** A limit that some set of disjoint places breaks: free memory units alone do not enforce it. */
export interface BindingLimit {
  readonly kind: 'profile-maximum' | 'compute-slices' | 'engines'
  /** The profile of a `profile-maximum`; else null. */
  readonly profileId: number | null
  /** The kind of `engines`; else null. */
  readonly engine: keyof Engines | null
  /** How much of it one instance takes, by profile position. */
  readonly amounts: readonly number[]
  readonly available: number
}

/**
 * The states of one GPU, numbered in the order of discovery; 0 is the empty GPU. A state decides which
 * instances can still be added: it is the occupied units, and the rest of each binding limit. The rest
 * counts only as far as the free units can use it, so that states without a difference are one.
 */
export interface StateTable {
  /** The occupied units of each known state. */
  readonly masks: readonly number[]
  /**
   * For each place, by number, the state after an instance is created there; -1: that is not legal. The
   * order of creation makes no difference.
   */
  readonly nextOf: (state: number) => Int32Array
  /** The state with these units occupied and these instances there, by profile position. */
  readonly find: (occupied: number, counts: readonly number[]) => number
  /**
   * A new table whose state 0 is the given state, for a search whose states are not needed later.
   */
  readonly fork: (state: number) => StateTable
  /** Finds every state. False: there are more than `most`. */
  readonly complete: (most: number) => boolean
  /** The successors of all states that the empty GPU leads to. They must be known. */
  readonly successors: () => Successors
}

/** Where one more instance is legal, state by state, in the order of the places. */
export interface Successors {
  /** At `state * profiles + position`: where those of a profile begin in the lists; the next entry says where they end. */
  readonly starts: Int32Array
  /** The numbers of the places. */
  readonly places: Int32Array
  /** The state after an instance is created there. */
  readonly reached: Int32Array
}

/** What can still be placed in every state that a GPU can be in. */
export interface ResidualTable {
  readonly partitions: PartitionTable
  readonly stateCount: number
  /** The residual class of each state. */
  readonly classOf: Int32Array
  /** The classes with the most room first. Class 0 is that of the empty GPU. */
  readonly classes: readonly ResidualClass[]
  /** Whether the partition with this number can be added to a GPU of this class. */
  readonly holds: (classNumber: number, partition: number) => boolean
  /** Whether a GPU of the first class can take everything that a GPU of the second can. */
  readonly includes: (classNumber: number, other: number) => boolean
  /**
   * The best states of a GPU that holds exactly this partition: no other such state can take everything
   * that they can, and more. If they have several classes, the best depends on later requests.
   */
  readonly bestStates: (partition: number) => readonly number[]
  /** How many instances of one profile can be added, at `class * profiles.length + position`. */
  readonly additional: Int32Array
}

/**
 * A residual class: states that can take exactly the same partitions. GPUs of one class have the same
 * future.
 */
export interface ResidualClass {
  /**
   * Numbers of the partitions that can still be added, ascending. Always includes 0, the empty one.
   */
  readonly partitions: readonly number[]
  /** Those of them that are not part of another. */
  readonly undominated: readonly number[]
}

/**
 * The partitions that an empty GPU can take, as numbers of GPU instances by profile position. They are
 * in ascending order of their counts, first by the first profile; 0 is the empty one.
 */
export interface PartitionTable {
  readonly counts: readonly (readonly number[])[]
  /** The number of GPU instances of each partition. */
  readonly sizes: readonly number[]
  /** The states of a GPU that holds exactly this partition, ascending. */
  readonly states: readonly (readonly number[])[]
  /** The number of a partition; -1: no layout has it. */
  readonly find: (counts: readonly number[]) => number
  /** The first profile of which each partition has an instance; -1 for the empty one. */
  readonly firstProfiles: Int32Array
  /** Each partition without one instance of its first profile. */
  readonly rests: Int32Array
  /**
   * Each partition with one more instance, at `partition * profiles + position`; -1: no layout has it.
   */
  readonly withOneMore: Int32Array
}
