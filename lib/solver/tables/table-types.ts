import type { Engines, GpuInstanceProfile, Placement } from '../../../types/model/geometry.js'

export interface Tables {
  /** In the order of the geometry. */
  readonly profiles: readonly CompiledProfile[]
  readonly profileById: ReadonlyMap<number, CompiledProfile>
  /** Every placement of every profile, in the order of the profiles. */
  readonly places: readonly CompiledPlacement[]
  /** Hardest to place first. */
  readonly searchOrder: readonly CompiledProfile[]
  /** Masks are below it, or negative where it is 2 ** 32. */
  readonly maskCount: number
  readonly memoryUnits: number
  readonly computeSlices: number
  readonly engines: Engines
  /** The limits that free memory units alone do not keep. */
  readonly limits: readonly BindingLimit[]
  /** Made on first use. */
  readonly states: StateTable
  /** Made on first use. Null: the GPU has too many states or partitions to list them all. */
  readonly residuals: ResidualTable | null
}

export interface CompiledProfile {
  /** Position in `Tables.profiles`. */
  readonly position: number
  readonly profile: GpuInstanceProfile
  /** In ascending order of start. */
  readonly placements: readonly CompiledPlacement[]
  /** The most instances at once on an empty GPU. */
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
  /** Two placements overlap exactly when their masks have a bit in common. */
  readonly mask: number
}

/** What one kind of GPU instance can be split into. */
export interface ComputeTable {
  /** Largest first. */
  readonly sizes: readonly ComputeSize[]
  readonly sliceCount: number
  /**
   * The place of the compute instance that fills the GPU instance, as listed: it may span more slots than
   * it has slices. Null where none is listed.
   */
  readonly whole: Placement | null
  /** The driver has not been asked: the table is the usual one, not this GPU's. */
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

/** A limit that some set of disjoint places would break: free memory units alone do not keep it. */
export interface BindingLimit {
  readonly kind: 'profile-maximum' | 'compute-slices' | 'engines'
  /** Of `profile-maximum`. */
  readonly profileId: number | null
  /** Of `engines`. */
  readonly engine: keyof Engines | null
  /** What one instance takes of it, by profile position. */
  readonly amounts: readonly number[]
  readonly available: number
}

/**
 * The states of one GPU, numbered as they are met; 0 is the empty GPU. A state is what decides which
 * instances can still be added: the occupied units, and of each binding limit what is left. What is
 * left is cut to what the free units could take, so that states that differ in nothing are one.
 */
export interface StateTable {
  /** Occupied units of each state met so far. */
  readonly masks: readonly number[]
  /**
   * For each place, by number, the state after an instance is created there; -1 where that is not
   * legal. The order in which instances are created makes no difference.
   */
  readonly nextOf: (state: number) => Int32Array
  /** The state with these units occupied and these instances there, by profile position. */
  readonly find: (occupied: number, counts: readonly number[]) => number
  /** A table that begins with one of the states as its 0, for a search whose states nobody needs later. */
  readonly fork: (state: number) => StateTable
  /** Meets every state there is. False: there are more than `most`. */
  readonly complete: (most: number) => boolean
}

/** What can still be placed in every state that a GPU can be in. */
export interface ResidualTable {
  readonly partitions: PartitionTable
  readonly stateCount: number
  /** By state. */
  readonly classOf: Int32Array
  /** The most room first: class 0 is that of the empty GPU. */
  readonly classes: readonly ResidualClass[]
  /** Whether the partition with this number can be added to a GPU of this class. */
  readonly holds: (classNumber: number, partition: number) => boolean
  /** Whether a GPU of the one class can take everything that one of the other can. */
  readonly includes: (classNumber: number, other: number) => boolean
  /**
   * The states of GPUs with exactly this partition that no other such state dominates: none can take
   * all that they can and more. More than one class of them: the best depends on what comes.
   */
  readonly bestStates: (partition: number) => readonly number[]
  /** How many instances of one profile can be added, at `class * profiles.length + position`. */
  readonly additional: Int32Array
}

/** States that can take exactly the same partitions: two GPUs in one class have the same future. */
export interface ResidualClass {
  /** Numbers of the partitions that can still be added, ascending; always with the empty one, 0. */
  readonly partitions: readonly number[]
  /** Those of them that are part of no other: together they say all. */
  readonly undominated: readonly number[]
}

/**
 * The partitions that an empty GPU can take, as numbers of GPU instances by profile position; 0 is
 * the empty one. In ascending order of their counts, the first profile's deciding first.
 */
export interface PartitionTable {
  readonly counts: readonly (readonly number[])[]
  /** GPU instances of each. */
  readonly sizes: readonly number[]
  /** The states of the GPUs that hold exactly this, ascending. */
  readonly states: readonly (readonly number[])[]
  /** -1: no layout has these. */
  readonly find: (counts: readonly number[]) => number
  /** The first profile that each has an instance of; -1 of the empty one. */
  readonly firstProfiles: Int32Array
  /** Each without one instance of its first profile. */
  readonly rests: Int32Array
  /** Each with one instance more, at `partition * profiles + position`; -1: no layout has these. */
  readonly withOneMore: Int32Array
}
