import type { FleetGpu, FleetPlacement, FleetRequest } from './fleet.js'
import type { Placement } from './geometry.js'

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

export interface TunedPolicy {
  readonly kind: 'tuned'
  readonly models: readonly TunedModel[]
}

export interface CreateFleetOptions {
  readonly gpus: readonly FleetGpu[]
  /** Default: `fgd`. */
  readonly policy?: FleetPolicyName | TunedPolicy
  /**
   * How often each profile is asked for, by its name, in whole numbers. Default: what `place` has seen, and
   * every profile equally often until it has seen 64 requests.
   */
  readonly mix?: { readonly [profile: string]: number }
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

export interface FleetRefusal {
  readonly kind: 'refused'
  /** Null: the request has none. */
  readonly id: string | null
  /**
   * - `never`: no GPU of the fleet that may serve it could, were it empty.
   * - `no-room`: however what is there were placed anew, among GPUs of one geometry, it would not
   *   fit. Proven by prices.
   * - `moves`: moving some of what is there makes room. Proven where `proven` is true; else no bound rules it out.
   * - `constraints`: there is room, but not where the request's own constraints let it in.
   */
  readonly reason: 'never' | 'no-room' | 'moves' | 'constraints'
  readonly proven: boolean
}

/** What became of what is free. Memory units are those of the placements: 8 on an A100. */
export interface FleetFragmentation {
  /** One for each geometry with MIG on. */
  readonly models: readonly ModelFragmentation[]
}

export interface ModelFragmentation {
  /** As given in `gpus`; null: only a geometry was. */
  readonly model: string | null
  readonly gpuCount: number
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

export interface FleetSnapshot {
  /** Each with what it holds: good for `createFleet`, `packFleet` and the others. */
  readonly gpus: readonly FleetGpu[]
  readonly policy: FleetPolicyName
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

export interface TuneOptions {
  /** Default: the observed load, or 0.9 where none is known. Kept within 0.5 and 1.5. */
  readonly load?: number
  /** Requests to simulate, over all: about five a microsecond. Default: 4,000,000 for each geometry. */
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
}

/**
 * Thousands of GPUs and what is on them. Nothing is read from or written to a machine. Every method
 * throws before it changes anything, and leaves the fleet as it was then.
 */
export interface Fleet {
  /**
   * Throws `MIG_FLEET_INVALID` for a request that makes no sense or has the id of one that is there,
   * `MIG_PROFILE_UNKNOWN` for a profile that no GPU of the fleet has.
   */
  readonly place: (request: FleetRequest) => FleetAnswer
  /** What it held. With `count`, all of them by the request's id, or one by its own. Throws `MIG_FLEET_INVALID` for an unknown id. */
  readonly release: (id: string) => readonly FleetPlacement[]
  /**
   * Carries out moves, all at once: nothing of what moves is in the way of the others. Throws
   * `MIG_FLEET_INVALID` where one is not legal.
   */
  readonly move: (moves: readonly FleetMoveTarget[]) => void
  readonly snapshot: () => FleetSnapshot
  /** Fits a policy to the observed mix, and goes by it from now on if the policy is `tuned`. Takes seconds. */
  readonly tune: (options?: TuneOptions) => FleetTuning
}
