import type { Placement } from '../model/geometry.js'
import type { RoomMade } from './moves.js'
import type { FleetGpu, FleetPlacement, FleetRequest } from './pack.js'

/**
 * Where a request goes, of all places that could take it. Each is a figure to make small; what is equal
 * is decided by `createFleet`'s tie rule.
 *
 * - `best-fit`: free memory that the GPU has left.
 * - `residual`: how many of the partitions that the GPU could still take it no longer can.
 * - `fgd`: growth of the fragmentation: for each profile that no longer fits, the GPU's free memory, in
 *   proportion to how often the profile is asked for. After Weng et al., "Beware of Fragmentation" (2023).
 * - `tuned`: `fgd` until `tune` has been called, then what it found.
 */
export type FleetPolicyName = 'best-fit' | 'residual' | 'fgd' | 'tuned'

/** What a GPU in each layout is worth: places go where the least is lost. Plain data, good for JSON. */
export interface TunedModel {
  /** Names of the profiles, in the order of the geometry: the weights are those of this geometry. */
  readonly profiles: readonly string[]
  /** Thousandths of a memory unit; by layout, in the order in which a depth-first walk of the places meets them. */
  readonly weights: readonly number[]
}

/** A policy that `tune` has found. Plain data, good for JSON. */
export interface TunedPolicy {
  readonly kind: 'tuned'
  readonly models: readonly TunedModel[]
}

/** Of `createFleet`. */
export interface CreateFleetOptions {
  readonly gpus: readonly FleetGpu[]
  /** Default: `fgd`. */
  readonly policy?: FleetPolicyName | TunedPolicy
  /**
   * How often each profile is asked for, by its name, in whole numbers. Default: what `place` has seen, and
   * every profile equally often until it has seen 64 requests.
   */
  readonly mix?: { readonly [profile: string]: number }
  /**
   * What those that hold something asked for, found by `id`, as in a snapshot. With `count`, `<id>/0`, … are
   * theirs. Requests that hold nothing are left out.
   */
  readonly requests?: readonly FleetRequest[]
  /** Of a snapshot: the new fleet goes on as the old one would have. */
  readonly memory?: FleetMemory
}

/** What policies go by, and which names were given. Plain data of a snapshot, good for nothing else. */
export interface FleetMemory {
  readonly requests: number
  readonly refused: number
  readonly released: number
  readonly stays: number
  readonly askedUnits: number
  readonly askedInstances: number
  /** Requests after which the policy looks at the mix again. */
  readonly nextMix: number
  /** The last number given to a request without an id. */
  readonly lastUnnamed: number
  /** Of each geometry, in the order in which `gpus` names them first; numbers by its profiles. */
  readonly models: readonly {
    /** How often each was asked for. */
    readonly asked: readonly number[]
    /** The mix that the policy goes by now. */
    readonly ranked: readonly number[]
  }[]
}

/** What became of one `place`. All of a request with `count` is placed, or nothing. */
export type FleetAnswer =
  | {
      readonly kind: 'placed'
      /** What `release` takes: the request's id, or one that the fleet gave it. */
      readonly id: string
      readonly placements: readonly FleetPlacement[]
    }
  | FleetRefusal

/** The request has no place, and this is why. */
export interface FleetRefusal {
  readonly kind: 'refused'
  /** Null: the request has none. */
  readonly id: string | null
  /**
   * - `never`: no GPU of the fleet that may serve it could, were it empty.
   * - `no-room`: it does not fit, whatever moves `makeRoom` may make of what is there. Proven by prices.
   * - `moves`: moving some of what is there makes room. Proven where `proven` is true; else no bound rules it out.
   * - `constraints`: there is room, but not where the request's own constraints let it in.
   * - `cordoned`: only GPUs that are cordoned could serve it; or the one that `at` names is.
   * - `taken`: the place that `at` names is not free.
   */
  readonly reason: 'never' | 'no-room' | 'moves' | 'constraints' | 'cordoned' | 'taken'
  readonly proven: boolean
}

/** What became of what is free. Memory units are those of the placements: 8 on an A100. */
export interface FleetFragmentation {
  /** One for each geometry with MIG on. */
  readonly models: readonly ModelFragmentation[]
}

/** Of GPUs with one geometry. */
export interface ModelFragmentation {
  /** As given in `gpus`; null: only a geometry was. */
  readonly model: string | null
  readonly gpuCount: number
  /** Some of them: what is free there counts as neither free nor room. */
  readonly cordonedGpus: number
  readonly gpusInUse: number
  /** No packing of the same instances uses fewer GPUs. `gpusInUse` less this is the distance to the bound. */
  readonly fewestGpus: number
  readonly freeUnits: number
  /** Free units that no profile can have: every place that has one of them has an occupied one too. */
  readonly strandedUnits: number
  readonly profiles: readonly {
    readonly profileId: number
    readonly name: string
    /** How many more would fit, each GPU filled with this profile alone. */
    readonly room: number
    /** Part of the free units that those would not use, from 0 to 1. */
    readonly unusableShare: number
  }[]
}

/** All of a fleet as plain data: `createFleet` makes one of it that gives the same answers. */
export interface FleetSnapshot {
  /** Each with what it holds: good for `createFleet`, `packFleet` and the others. */
  readonly gpus: readonly FleetGpu[]
  /** Of what holds something, all that asked for more than a profile by name. */
  readonly requests: readonly FleetRequest[]
  /** After `tune`, what it found. */
  readonly policy: FleetPolicyName | TunedPolicy
  /** As it was given. */
  readonly mix?: { readonly [profile: string]: number }
  readonly memory: FleetMemory
  readonly fragmentation: FleetFragmentation
  readonly observed: ObservedDemand
}

/** What `place` and `release` have seen. */
export interface ObservedDemand {
  readonly requests: number
  readonly refused: number
  /** By name of the profile that would serve best; whole GPUs are left out. */
  readonly mix: { readonly [profile: string]: number }
  /**
   * Memory that is asked for on average, in parts of all there is, from how long instances stay, counted
   * in requests. Null: nothing has been released.
   */
  readonly load: number | null
}

/** Of `tune`. */
export interface TuneOptions {
  /** Default: the observed load, or 0.9 where none is known. Kept within 0.5 and 1.5. */
  readonly load?: number
  /**
   * Requests to simulate, over all: about two a microsecond. From 1 to 2 ** 30; some 60,000 are simulated
   * however few are asked for. Default: 4,000,000 for each geometry.
   */
  readonly workUnits?: number
  /** A whole number. Default: 1. The same seed gives the same policy on every machine. */
  readonly seed?: number
}

/** How a policy did on requests that played no part in making it. */
export interface PolicyTrial {
  readonly policy: string
  /** Part of the memory asked for that was given, in millionths. */
  readonly acceptance: number
}

/** What `tune` has found. */
export interface FleetTuning {
  readonly policy: TunedPolicy
  /** Of each geometry, the best first. */
  readonly models: readonly {
    readonly model: string | null
    readonly trials: readonly PolicyTrial[]
  }[]
}

/** Where an instance goes. */
export interface FleetMoveTarget {
  readonly id: string
  readonly gpu: string
  readonly placement: Placement
  /** Default: the profile that it has. Another one has to serve its request as well, which the fleet knows. */
  readonly profileId?: number
}

/** A place by name: what `makeRoom` answered is one. */
export interface FleetPlace {
  readonly gpu: string
  /** Default: of the profiles that serve and can be there, the best. Null: a whole GPU. */
  readonly profileId?: number | null
  /** Left out or null: a whole GPU. */
  readonly placement?: Placement | null
}

/** Of `place`. */
export interface PlaceOptions {
  /** There or nowhere. */
  readonly at?: FleetPlace
}

/** GPUs by name, and all of these nodes. */
export interface FleetGpuChoice {
  readonly gpus?: readonly string[]
  readonly nodes?: readonly string[]
}

/** Of `removeGpus`. */
export interface RemoveGpusOptions {
  /** Takes back what they hold. Default: false, a GPU that holds something is not removed. */
  readonly evict?: boolean
}

/**
 * Thousands of GPUs and what is on them. Nothing is read from or written to a machine. Every method
 * throws before it changes anything, and leaves the fleet as it was then.
 */
export interface Fleet {
  /**
   * Throws `MIG_FLEET_INVALID` for a request that makes no sense or has the id of one that is there, and
   * where `at` is no place that could ever serve it; `MIG_PROFILE_UNKNOWN` for a profile that no GPU of the
   * fleet has.
   */
  readonly place: (request: FleetRequest, options?: PlaceOptions) => FleetAnswer
  /**
   * Carries out what `makeRoom` answered for this request: its moves, and the request at the place that they
   * make. All of it or, with a refusal, nothing. Throws what `place` and `move` throw, and
   * `MIG_FLEET_INVALID` where something that moves is not where it was then.
   */
  readonly admit: (
    request: FleetRequest,
    room: Pick<RoomMade, 'gpu' | 'profileId' | 'placement' | 'plan'>,
  ) => FleetAnswer
  /** What it held. With `count`, all of them by the request's id, or one by its own. Throws `MIG_FLEET_INVALID` for an unknown id. */
  readonly release: (id: string) => readonly FleetPlacement[]
  /**
   * Carries out moves, all at once: nothing of what moves is in the way of the others. Throws
   * `MIG_FLEET_INVALID` where one is not legal.
   */
  readonly move: (moves: readonly FleetMoveTarget[]) => void
  /**
   * They come last in the order of the fleet, with what they hold; `requests` as for `createFleet`. Throws
   * `MIG_FLEET_INVALID` for what makes no sense, or is there already.
   */
  readonly addGpus: (gpus: readonly FleetGpu[], requests?: readonly FleetRequest[]) => void
  /**
   * GPUs by name. What they held comes back. Throws `MIG_FLEET_INVALID` for a name that is not there, and
   * without `evict` for a GPU that holds something: the message says what.
   */
  readonly removeGpus: (
    gpus: readonly string[],
    options?: RemoveGpusOptions,
  ) => readonly FleetPlacement[]
  /**
   * These take nothing new from now on. What they hold comes back: it stays until it is released or moved.
   * Throws `MIG_FLEET_INVALID` for a name that is not there.
   */
  readonly cordon: (which: FleetGpuChoice) => readonly FleetPlacement[]
  /** The other way round. */
  readonly uncordon: (which: FleetGpuChoice) => void
  readonly snapshot: () => FleetSnapshot
  /** Fits a policy to the observed mix, and goes by it from now on if the policy is `tuned`. Takes seconds. */
  readonly tune: (options?: TuneOptions) => FleetTuning
}
