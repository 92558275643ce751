import type { Placement } from '../model/geometry.js'
import type { FleetPlan, FleetPlanPlace, RoomMade } from './moves.js'
import type { FleetCleared, FleetGpu, FleetPlacement, FleetRequest } from './pack.js'
import type { FleetRegret, RegretOptions } from './regret.js'

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
  /**
   * The time now, for `expectedEnd` of requests. It is read only where a request or an instance has one, or with `history`.
   * Default: `Date.now`, milliseconds since the epoch. A simulation gives its own.
   */
  readonly clock?: () => number
  /**
   * How many of the latest instances that requests asked for `regret` looks back on, from 1 to 2^20. They are not part of snapshots.
   * Each takes about a hundred bytes, for up to twice as many. Default: none.
   */
  readonly history?: number
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
  /** What the fleet knows of expected ends. Omitted: no request had one. */
  readonly ends?: FleetEndsMemory
}

/** How long requests stayed, compared with what they expected. */
export interface FleetEndsMemory {
  /** Recent requests by the ratio of the real stay to the expected one: 64 classes around the powers of 2^(1/4) from 2^-8. */
  readonly ratios: readonly number[]
  /** The sum of their real stays. */
  readonly stays: number
  /** The sum of the expected stays of the requests that came, and how many these are. */
  readonly expected: number
  readonly begun: number
}

/** The answer of `place`. A request with `count` is placed whole or not at all. */
export type FleetAnswer =
  | {
      readonly kind: 'placed'
      /** The id for `release`: the request's own, or one that the fleet assigned. */
      readonly id: string
      readonly placements: readonly FleetPlacement[]
      /** With `clearIdle`: what the fleet no longer holds. Destroy these first, in this order. Omitted: nothing. */
      readonly cleared?: readonly FleetCleared[]
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
   * - `idle`: idle instances are in the way, and `clearIdle` would make room.
   * - `constraints`: there is room, but only where the request's own constraints forbid it.
   * - `cordoned`: only cordoned GPUs could serve the request, or the GPU that `at` names is cordoned.
   * - `taken`: the place that `at` names is not free.
   */
  readonly reason: 'never' | 'no-room' | 'moves' | 'idle' | 'constraints' | 'cordoned' | 'taken'
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
  /** Idle instances of GPUs that are not cordoned. Their memory counts as free nowhere here. Omitted: there are none. */
  readonly idle?: number
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

/** A moment of a running fleet. It means nothing to another fleet, and cannot be stored. */
export interface FleetMark {
  readonly kind: 'mark'
}

/** What `mergeSnapshot` needs for the next snapshot. Plain data, except for `mark`. */
export interface FleetChanges extends FleetSnapshot {
  /** For the next call of `changesSince`. */
  readonly mark: FleetMark
  /** True: `gpus` and `requests` are all that there are, and no earlier snapshot is needed. */
  readonly isWhole: boolean
  /** GPUs that changed or came, in the order of the fleet. */
  readonly gpus: readonly FleetGpu[]
  /** Names of GPUs that left. One of the same name may have come. */
  readonly goneGpus: readonly string[]
  /** Requests that came, in the order in which they did. */
  readonly requests: readonly FleetRequest[]
  /** Ids of requests that left or came. */
  readonly goneRequests: readonly string[]
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
  /**
   * Milliseconds from the call. Soon after, the best policy so far is returned: one that was compared on fewer requests. A geometry
   * for which none was compared keeps the policy that it has. Default: no deadline.
   */
  readonly deadlineMs?: number
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
    /** Empty: there was no time for any. */
    readonly trials: readonly PolicyTrial[]
  }[]
  /** Whether the deadline ended the search. */
  readonly stopped: 'deadline' | null
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
  /**
   * True: idle instances may be destroyed to make room, if there is no other room for the same profile. As few as
   * possible go. Default: false.
   */
  readonly clearIdle?: boolean
}

/** Options of `release`. */
export interface ReleaseOptions {
  /**
   * True: the instance stays on its GPU, idle, and later requests can take it as it is. A whole GPU is free in any
   * case. Default: false.
   */
  readonly keep?: boolean
}

/** Options of `wakeUps`. */
export interface WakeUpOptions {
  /** The most instances of one set, a whole number from 1. Default: any number. */
  readonly maxReleases?: number
}

/** Instances of one GPU. When all of them have left their places, the request has room there. */
export interface FleetWakeUp {
  readonly gpu: string
  /** Null: the GPU has no node. */
  readonly node: string | null
  /** Ids for `release`, of single members for a request with `count`. No smaller set of these would do. */
  readonly requests: readonly string[]
}

/** What has to leave its place so that `place` accepts a request. */
export interface FleetWakeUps {
  /** True: `place` would accept it now. The lists are then empty. */
  readonly hasRoom: boolean
  /**
   * The smallest sets come first, then the order of the fleet counts. Every set of one instance is here: its release
   * alone gives the request room, and the release of no other instance alone does.
   */
  readonly releases: readonly FleetWakeUp[]
  /**
   * True: `releases` has every set there is. The request stays without room until all instances of one set have been
   * released or moved, or until a GPU is added or uncordoned. False: the sets of several are missing, because the
   * request has `count`, `spread`, `avoid`, `sameNode` or a label that others avoid, or because of `maxReleases`.
   */
  readonly complete: boolean
  /**
   * Names of GPUs, in the order of the fleet. The request stays without room until something leaves one of these
   * GPUs, or until a GPU is added or uncordoned.
   */
  readonly gpus: readonly string[]
}

/** Options of `apply`. */
export interface ApplyPlanOptions {
  /** The request that the plan makes room for. A plan of `makeRoom` needs it, other plans have none. */
  readonly request?: FleetRequest
}

/** An instance that changes over in a stage. */
export interface FleetStageMove {
  /** Null: the fleet knows no id for it. */
  readonly request: string | null
  /** Null: it was stopped in a stage before. */
  readonly from: FleetPlanPlace | null
  readonly to: FleetPlanPlace
}

/** What a stage that has begun asks of the scheduler. */
export interface FleetRunStage {
  /** From 0. */
  readonly number: number
  /** Positions in `plan.steps`. */
  readonly steps: readonly number[]
  /** The nodes to configure: `configureNodes(fleet, { nodes })` includes the stage from now on. */
  readonly nodes: readonly string[]
  /** Requests to stop first, because their instances go before the new ones exist. Null: without an id. */
  readonly stops: readonly (string | null)[]
  /** What has to change over once the nodes are configured. */
  readonly moves: readonly FleetStageMove[]
}

/** What remains after a plan was given up. */
export interface FleetGivenUp {
  /** The nodes that the plan has changed or would have. Configure them, so that they are as the fleet says. */
  readonly nodes: readonly string[]
  /**
   * Requests that the plan had stopped. Each has the place that it left, the one that it was to get, or another one.
   * Null: there was none, and the fleet has released it.
   */
  readonly stopped: readonly {
    readonly request: string | null
    readonly placement: FleetPlacement | null
  }[]
}

/**
 * A plan that is carried out, stage by stage. The fleet says at any time what the nodes have to be, so other requests
 * may come and go in between. What the plan still needs is taken: a new instance in free room has this room from the
 * start. A GPU on which something has to leave before takes nothing new meanwhile, as if it was cordoned.
 */
export interface FleetRun {
  /** Number of stages. */
  readonly stages: number
  /**
   * Begins the next stage. From now on the fleet holds its new instances, and no longer those that go. Null: all
   * stages are done.
   *
   * Throws `MIG_FLEET_INVALID` while the stage before is not done, after `giveUp`, and if a GPU of the stage has left
   * or is cordoned: the plan then has to be given up.
   */
  readonly begin: () => FleetRunStage | null
  /**
   * A request of this stage has changed over: from now on the fleet holds its new place. Optional: `done` does it for
   * all of the stage. Throws `MIG_FLEET_INVALID` for an id that the stage does not move.
   */
  readonly moved: (id: string) => FleetPlacement
  /**
   * The stage is done: the nodes are configured, and everything has changed over. Returns the answer for the request
   * of the plan if it is its turn, which is a refusal only if its constraints no longer hold. Throws
   * `MIG_FLEET_INVALID` if no stage has begun.
   */
  readonly done: () => FleetAnswer | null
  /**
   * Ends the plan at any point, also while a stage is begun. What has changed over stays where it is; everything else
   * of the plan leaves the fleet. After the last stage it changes nothing.
   */
  readonly giveUp: () => FleetGivenUp
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
   * What has to be released so that `place` accepts the request. It takes time for the size of the fleet: ask after a
   * refusal, and place the request again when a set has left. Throws what `place` throws, except for an `id` in use.
   */
  readonly wakeUps: (request: FleetRequest, options?: WakeUpOptions) => FleetWakeUps
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
   * Starts to carry out a plan of `makeRoom`, `compactFleet` or `drainGpus` in stages. A request of the plan may be
   * released meanwhile, but not moved.
   *
   * Throws `MIG_FLEET_INVALID` if the fleet is no longer as the plan found it, or another plan moves the same.
   */
  readonly apply: (plan: FleetPlan, options?: ApplyPlanOptions) => FleetRun
  /**
   * Releases what a request holds, and returns it. A request with `count` is released whole by its id, or
   * one member by the member's id. Throws `MIG_FLEET_INVALID` for an unknown id, and with `keep` for an instance that a
   * plan moves.
   */
  readonly release: (id: string, options?: ReleaseOptions) => readonly FleetPlacement[]
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
  /**
   * What has changed since a mark of this fleet, and a new mark. Null, a mark of another fleet or process, or
   * one that is too old gives the whole fleet (`isWhole`). `mergeSnapshot` makes snapshots of it. Takes time
   * for what has changed. From the first call on, changes are noted, up to 2^20 of them.
   */
  readonly changesSince: (mark: FleetMark | null) => FleetChanges
  /**
   * Looks back on the latest requests: what the fleet has accepted, what it would have accepted with more moves, and what
   * nothing could have exceeded. Takes seconds. Rejects with `MIG_FLEET_INVALID` for a fleet without `history`.
   */
  readonly regret: (options?: RegretOptions) => Promise<FleetRegret>
  /** Fits a policy to the observed mix. A fleet whose policy is `tuned` uses it from then on. Takes seconds. */
  readonly tune: (options?: TuneOptions) => FleetTuning
}
