import type { Placement } from '../model/geometry.js'
import type { RoomMade } from './moves.js'
import type { FleetGpu, FleetPlacement, FleetRequest } from './pack.js'

/**
 * Which of all possible places a request gets. Each policy minimises one figure; docs/fleet.md says which
 * of equal places counts.
 *
 * - `best-fit`: the free memory that is left on the GPU.
 * - `residual`: the number of partitions that the GPU could take before, and cannot take after.
 * - `fgd`: growth of the fragmentation: for each profile that no longer fits, the GPU's free memory, in
 *   proportion to the profile's share of the demand. After Weng et al., "Beware of Fragmentation" (2023).
 * - `tuned`: `fgd` until `tune` is called, then the policy that `tune` found.
 */
export type FleetPolicyName = 'best-fit' | 'residual' | 'fgd' | 'tuned'

/** What a GPU in each layout is worth. A request goes where the least worth is lost. Plain data, safe for JSON. */
export interface TunedModel {
  /** Names of the profiles, in the order of the geometry. The weights hold for geometries with these profiles. */
  readonly profiles: readonly string[]
  /** One weight for each layout, in thousandths of a memory unit, in the order of a depth-first walk of the places. */
  readonly weights: readonly number[]
}

/** A policy that `tune` found. Plain data, safe for JSON. */
export interface TunedPolicy {
  readonly kind: 'tuned'
  readonly models: readonly TunedModel[]
}

/** Options of `createFleet`. */
export interface CreateFleetOptions {
  readonly gpus: readonly FleetGpu[]
  /** Default: `fgd`. */
  readonly policy?: FleetPolicyName | TunedPolicy
  /**
   * The share of each profile in the demand, by name, in whole numbers. Default: what `place` has seen; every
   * profile has the same share until `place` has seen 64 requests.
   */
  readonly mix?: { readonly [profile: string]: number }
  /**
   * The requests of the instances that are on the GPUs, matched by `id`, as in a snapshot. With `count`, the
   * instances have the ids `<id>/0`, …. Requests that hold nothing are ignored.
   */
  readonly requests?: readonly FleetRequest[]
  /** The `memory` of a snapshot: the new fleet then decides as the old one would. */
  readonly memory?: FleetMemory
}

/** Counters that policies use, and the last name that was given. Plain data of a snapshot, for `createFleet` only. */
export interface FleetMemory {
  readonly requests: number
  readonly refused: number
  readonly released: number
  readonly stays: number
  readonly askedUnits: number
  readonly askedInstances: number
  /** Number of requests at which the policy takes the mix anew. */
  readonly nextMix: number
  /** The last number given to a request without an id. */
  readonly lastUnnamed: number
  /** One for each geometry, in the order of its first GPU in `gpus`. Numbers are in the order of its profiles. */
  readonly models: readonly {
    /** Requests for each profile. */
    readonly asked: readonly number[]
    /** The mix that the policy uses now. */
    readonly ranked: readonly number[]
  }[]
}

/** The answer of `place`. A request with `count` is placed whole or not at all. */
export type FleetAnswer =
  | {
      readonly kind: 'placed'
      /** The id for `release`: the request's own, or one that the fleet assigned. */
      readonly id: string
      readonly placements: readonly FleetPlacement[]
    }
  | FleetRefusal

/** The request is not placed, and this is the reason. */
export interface FleetRefusal {
  readonly kind: 'refused'
  /** Id of the request. Null: it has none. */
  readonly id: string | null
  /**
   * - `never`: no GPU that may serve the request could, even if it were empty.
   * - `no-room`: the request does not fit, whatever moves `makeRoom` could make. Proven by prices.
   * - `moves`: moves make room. If `proven` is false, they may: no bound rules it out.
   * - `constraints`: there is room, but only where the request's own constraints forbid it.
   * - `cordoned`: only cordoned GPUs could serve the request, or the GPU that `at` names is cordoned.
   * - `taken`: the place that `at` names is not free.
   */
  readonly reason: 'never' | 'no-room' | 'moves' | 'constraints' | 'cordoned' | 'taken'
  /** True: the reason is proven. */
  readonly proven: boolean
}

/** How usable the free memory is. Memory units are those of placements: an A100 has 8. */
export interface FleetFragmentation {
  /** One for each geometry with MIG on. */
  readonly models: readonly ModelFragmentation[]
}

/** Fragmentation of the GPUs with one geometry. */
export interface ModelFragmentation {
  /** As given in `gpus`. Null: only a geometry was given. */
  readonly model: string | null
  readonly gpuCount: number
  /** How many of them are cordoned. Their free memory counts neither as free nor as room. */
  readonly cordonedGpus: number
  readonly gpusInUse: number
  /** A lower bound: no packing of the same instances uses fewer GPUs. Compare it with `gpusInUse`. */
  readonly fewestGpus: number
  readonly freeUnits: number
  /** Free memory units that no instance can use: every place with one of them overlaps an occupied unit. */
  readonly strandedUnits: number
  readonly profiles: readonly {
    readonly profileId: number
    readonly name: string
    /** How many more instances fit if each GPU is filled with this profile alone. */
    readonly room: number
    /** Share of the free memory units that these instances would not use, from 0 to 1. */
    readonly unusableShare: number
  }[]
}

/** A whole fleet as plain data. A fleet that `createFleet` makes from it gives the same answers. */
export interface FleetSnapshot {
  /**
   * Each GPU with the instances on it, as `createFleet`, `packFleet` and the other functions take them. A GPU with MIG on has
   * a `layout`, which is empty if it holds nothing.
   */
  readonly gpus: readonly FleetGpu[]
  /** The requests that hold something and asked for more than a profile by name. */
  readonly requests: readonly FleetRequest[]
  /** After `tune`, the policy that it found. */
  readonly policy: FleetPolicyName | TunedPolicy
  /** As given to `createFleet`. */
  readonly mix?: { readonly [profile: string]: number }
  readonly memory: FleetMemory
  readonly fragmentation: FleetFragmentation
  readonly observed: ObservedDemand
}

/** The demand that `place` and `release` have seen. */
export interface ObservedDemand {
  readonly requests: number
  readonly refused: number
  /** Requests by the name of the profile that serves each best. Requests for whole GPUs are not counted. */
  readonly mix: { readonly [profile: string]: number }
  /**
   * Average memory in demand as a share of all memory. It follows from how long instances stay, counted in
   * requests. Null: nothing has been released yet.
   */
  readonly load: number | null
}

/** Options of `tune`. */
export interface TuneOptions {
  /** Memory in demand as a share of all memory. Default: the observed load, or 0.9. Limited to 0.5 to 1.5. */
  readonly load?: number
  /**
   * Requests to simulate in all, from 1 to 2 ** 30; a microsecond is enough for about two. At least some
   * 60,000 are simulated. Default: 4,000,000 for each geometry.
   */
  readonly workUnits?: number
  /** A whole number. The same seed gives the same policy on every machine. Default: 1. */
  readonly seed?: number
}

/** The result of a policy on simulated requests that were not used to make it. */
export interface PolicyTrial {
  readonly policy: string
  /** Share of the requested memory that was granted, in millionths. */
  readonly acceptance: number
}

/** The answer of `tune`. */
export interface FleetTuning {
  readonly policy: TunedPolicy
  /** One for each geometry. Its trials are in order, the best first. */
  readonly models: readonly {
    readonly model: string | null
    readonly trials: readonly PolicyTrial[]
  }[]
}

/** An instance to move, and its new place. */
export interface FleetMoveTarget {
  readonly id: string
  readonly gpu: string
  readonly placement: Placement
  /** Default: the present profile. Another profile has to serve the request, too, and the fleet has to know it. */
  readonly profileId?: number
}

/** A place on a GPU by name. The answer of `makeRoom` is one. */
export interface FleetPlace {
  readonly gpu: string
  /** Default: the best profile that serves and has this placement. Null: a whole GPU. */
  readonly profileId?: number | null
  /** Omitted or null: a whole GPU. */
  readonly placement?: Placement | null
}

/** Options of `place`. */
export interface PlaceOptions {
  /** Place the request exactly here, or refuse it. */
  readonly at?: FleetPlace
}

/** GPUs by name, and all GPUs of these nodes. */
export interface FleetGpuChoice {
  readonly gpus?: readonly string[]
  readonly nodes?: readonly string[]
}

/** Options of `removeGpus`. */
export interface RemoveGpusOptions {
  /** True: also release what the GPUs hold. Default: false, and a GPU that holds something is not removed. */
  readonly evict?: boolean
}

/**
 * Thousands of GPUs and the instances on them, in memory. No method reads or changes a machine. A method
 * that throws has changed nothing.
 */
export interface Fleet {
  /**
   * Places a request, or refuses it. Nothing moves.
   *
   * Throws `MIG_FLEET_INVALID` for an invalid request, for an `id` that is in use, and if `at` is no place
   * that could ever serve the request; `MIG_PROFILE_UNKNOWN` for a profile that no GPU of the fleet has.
   */
  readonly place: (request: FleetRequest, options?: PlaceOptions) => FleetAnswer
  /**
   * Carries out the answer of `makeRoom` for this request: all its moves, then the request in the place that
   * they make. With a refusal, nothing has changed.
   *
   * Throws what `place` and `move` throw, and `MIG_FLEET_INVALID` if an instance to move is no longer where
   * the plan found it.
   */
  readonly admit: (
    request: FleetRequest,
    room: Pick<RoomMade, 'gpu' | 'profileId' | 'placement' | 'plan'>,
  ) => FleetAnswer
  /**
   * Releases what a request holds, and returns it. A request with `count` is released whole by its id, or
   * one member by the member's id. Throws `MIG_FLEET_INVALID` for an unknown id.
   */
  readonly release: (id: string) => readonly FleetPlacement[]
  /**
   * Carries out all moves at once: an instance that moves is in no other's way. Throws `MIG_FLEET_INVALID`
   * if a move is not legal.
   */
  readonly move: (moves: readonly FleetMoveTarget[]) => void
  /**
   * Adds GPUs with what they hold, after all others in the order of the fleet. `requests` is as for
   * `createFleet`. Throws `MIG_FLEET_INVALID` for invalid GPUs, and for names and ids that are in use.
   */
  readonly addGpus: (gpus: readonly FleetGpu[], requests?: readonly FleetRequest[]) => void
  /**
   * Removes GPUs by name, and returns what they held. Throws `MIG_FLEET_INVALID` for an unknown name and,
   * without `evict`, for a GPU that holds something: the message says what it holds.
   */
  readonly removeGpus: (
    gpus: readonly string[],
    options?: RemoveGpusOptions,
  ) => readonly FleetPlacement[]
  /**
   * From now on, these GPUs take nothing new. Returns what they hold, which stays until it is released or
   * moved. Throws `MIG_FLEET_INVALID` for an unknown name.
   */
  readonly cordon: (which: FleetGpuChoice) => readonly FleetPlacement[]
  /** Reverses `cordon`. Throws `MIG_FLEET_INVALID` for an unknown name. */
  readonly uncordon: (which: FleetGpuChoice) => void
  /** The whole fleet as plain data, for `createFleet` and the other functions. */
  readonly snapshot: () => FleetSnapshot
  /** Fits a policy to the observed mix. A fleet whose policy is `tuned` uses it from then on. Takes seconds. */
  readonly tune: (options?: TuneOptions) => FleetTuning
}
