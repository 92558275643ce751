import type { Geometry, Placement } from '../model/geometry.js'
import type { Needs } from '../solver/choose-profile.js'
import type { GeometryTables } from '../solver/tables.js'

/** A GPU instance that is on a GPU already. */
export interface FleetInstance {
  readonly profileId: number
  readonly placement: Placement
  /** The `id` of the request that holds it. Unique among all requests of the fleet. */
  readonly id?: string
  /** True: it may not be moved, and not be cleared if it is idle. Default: false. */
  readonly pinned?: boolean
  /**
   * True: no request holds it. A request for its profile can take it as it is, before anything is created. It has no
   * `id` and no labels. With `clearIdle`, it may be destroyed to make room. Default: false.
   */
  readonly idle?: boolean
  /** The labels that `spread` and `avoid` of requests count. */
  readonly labels?: readonly string[]
  /** When its request is expected to end, as in `FleetRequest`. Counts together with `since`. */
  readonly expectedEnd?: FleetEnd
  /** When it was placed, by the clock of the fleet. */
  readonly since?: number
  /**
   * A snapshot says with it what a plan of `apply` has to do with the instance, which is `pinned` until the plan has
   * ended. `createFleet` takes the plan as given up: it leaves out `room` and `instance`, and unpins `moving`.
   *
   * - `room`: the room of an instance that a later stage creates.
   * - `instance`: it exists, or the stage that has begun creates it, but no request holds it.
   * - `moving`: the plan moves it.
   */
  readonly plan?: 'room' | 'instance' | 'moving'
}

/** A time by the clock of the fleet, or several that are equally likely. */
export type FleetEnd = number | readonly number[]

/** One GPU, or with `count` several equal GPUs, whose names are `<id>/0`, `<id>/1`, …. */
export interface FleetGpu {
  /** Unique in the fleet; for example a UUID. */
  readonly id: string
  /** Default: 1, and the name of the GPU is `<id>`. Functions that name each GPU take at most 2^20 in all. */
  readonly count?: number
  /**
   * The `id` of the entry with a `count` that this GPU came from, as a snapshot reports it. `where.gpus`
   * still finds the GPU by it. Without a `node`, GPUs of one entry are in one machine.
   */
  readonly entry?: string
  /** GPUs with one node are in one machine. Without it, each entry is a machine of its own. */
  readonly node?: string
  /** True: it takes nothing new, and nothing moves to it. What is on it stays, or moves away. Default: false. */
  readonly cordoned?: boolean
  /**
   * In a snapshot: the GPU is `cordoned` only until a plan of `apply` has gone on. `createFleet` takes the plan as
   * given up, and uncordons the GPU. Default: false.
   */
  readonly planned?: boolean
  /** What the GPU can be divided into. Default: the published geometry of `model`. */
  readonly geometry?: Geometry | GeometryTables
  /**
   * Name of the model, as in `A100-SXM4-80GB` or `NVIDIA-A100-80GB-PCIe`, or its catalog key. `where.models` of requests compares it.
   * Without a `geometry`, a name that several GPUs have is refused; the error lists their catalog keys.
   */
  readonly model?: string
  /** The GPU instances that are on it. Default: none. */
  readonly layout?: readonly FleetInstance[]
  /** Default: true. A GPU with MIG off takes only whole-GPU requests; a GPU with MIG on takes no such request. */
  readonly migEnabled?: boolean
  /** The `id` of the request that holds the whole GPU. Only for a GPU with MIG off. */
  readonly heldBy?: string
  /** Only requests with the same reservation may use the GPU. */
  readonly reservation?: string
  /** `where.labels` of requests compares these. */
  readonly labels?: { readonly [name: string]: string }
  /** What it costs to use this GPU, a whole number from 0 to 2^40. `objective: 'cost'` adds it up. Default: 0. */
  readonly cost?: number
}

/** Selects GPUs. A GPU has to meet every part that is given. */
export interface FleetGpuFilter {
  /** Entries of `gpus`, by id. A fleet of `createFleet` also finds one GPU of an entry with a `count`, by its name. */
  readonly gpus?: readonly string[]
  readonly nodes?: readonly string[]
  /** GPUs without a node pass. */
  readonly notNodes?: readonly string[]
  /** As in `model` of the GPUs. */
  readonly models?: readonly string[]
  /** The GPU has all of these, with these values. */
  readonly labels?: { readonly [name: string]: string }
}

/** At most so many requests with one label on a GPU or a node. Instances that are there already count. */
export interface FleetSpread {
  readonly label: string
  readonly maxPerGpu?: number
  readonly maxPerNode?: number
}

/** Not on the GPU or node of anything that has the label. The rule works in both directions. */
export interface FleetAvoid {
  readonly label: string
  readonly scope: 'gpu' | 'node'
}

/**
 * A request for one MIG device that fills its GPU instance, or for a whole GPU; with `count`, for several
 * equal ones. Exactly one of `profile`, `need` and `wholeGpu` is given.
 */
export interface FleetRequest {
  /** Unique in the fleet. With `count`, the members are named `<id>/0`, `<id>/1`, …. */
  readonly id?: string
  /** A whole number from 0. `place` of a fleet takes numbers from 1, `makeRoom` only 1. Default: 1. */
  readonly count?: number
  /**
   * Name or id of a profile. A name is understood as in a configuration: `7g.79gb` is the `7g.80gb` of an
   * A100, too. Every model of the fleet that has such a profile serves, whatever its size there.
   */
  readonly profile?: string | number
  /** Any profile with enough of everything serves. Memory is in MiB. */
  readonly need?: Needs
  /** A GPU with MIG off. */
  readonly wholeGpu?: true
  /** What it costs to leave one of them unplaced: a whole number from 1 to 2^40. Default: 1. */
  readonly value?: number
  readonly where?: FleetGpuFilter
  /** The request may use GPUs with this reservation, beside GPUs without any. */
  readonly reservation?: string
  /** All requests with the same text here go to one node, or none of them is placed. */
  readonly sameNode?: string
  /** What `spread` and `avoid` of other requests count. */
  readonly labels?: readonly string[]
  readonly spread?: readonly FleetSpread[]
  readonly avoid?: readonly FleetAvoid[]
  /**
   * When it will be released, as far as the caller knows. `place` of a fleet keeps together what ends together. The fleet
   * compares what callers expected with what came, and corrects later ends by it. A time that has passed does not count.
   */
  readonly expectedEnd?: FleetEnd
}

/** Where one request was placed. */
export interface FleetPlacement {
  /** Name of the request. Null: its entry has no `id`. */
  readonly request: string | null
  /** Position of its entry in `requests`. */
  readonly entry: number
  /** Name of the GPU. */
  readonly gpu: string
  /** The node of that GPU. Null: it has none. */
  readonly node: string | null
  /** `profileId` and `placement` are both null for a whole GPU. */
  readonly profileId: number | null
  readonly placement: Placement | null
  /** True: the instance was there, idle, and is taken as it is. Omitted: it has to be created. */
  readonly reused?: true
}

/** An idle instance that has to be destroyed before the new ones are created. */
export interface FleetCleared {
  readonly gpu: string
  /** The node of that GPU. Null: it has none. */
  readonly node: string | null
  readonly profileId: number
  readonly placement: Placement
}

/** Equal GPUs that receive the same instances. */
export interface FleetPattern {
  /** Position in `gpus` of the first entry that is like them. */
  readonly like: number
  readonly gpuCount: number
  /** What each GPU receives; null is the whole GPU. Some of it may stay free on the last GPU. */
  readonly instances: readonly { readonly profileId: number | null; readonly count: number }[]
  /** True: these are idle instances that are taken as they are, counted one by one. */
  readonly reused?: true
}

/** How many requests of an entry are not placed. */
export interface FleetUnplaced {
  readonly entry: number
  readonly count: number
}

/** The three figures that a packing minimises, the first one first. */
export interface FleetObjective {
  /** Sum of the `value` of all requests that are not placed. */
  readonly unplacedValue: number
  /** GPUs that hold something afterwards, including those that did before. */
  readonly gpus: number
  /** What `objective` names: MiB for `memory`, the sum of `cost` for `cost`, 0 for `gpus`. */
  readonly cost: number
}

/**
 * What a packing minimises after the value left out and the number of GPUs.
 *
 * - `gpus`: nothing more.
 * - `memory`: the memory of all placed instances, in MiB. Requests by `need` then get the smallest profiles.
 * - `cost`: the sum of `cost` of the GPUs that were empty and get something.
 */
export type FleetGoal = 'gpus' | 'memory' | 'cost'

/**
 * A price for each entry of `requests`, which proves a bound. No GPU can take requests that are worth more
 * than the dearest set of instances that fits on it. Whatever the GPUs cannot take beyond their own price
 * has to be paid. Prices are whole numbers over `denominator`.
 */
export interface FleetPrices {
  /** One price for each entry of `requests`. */
  readonly prices: readonly number[]
  readonly denominator: number
  /** How much each figure counts against the prices: `unplacedValue` times this, …, over `denominator`, too. */
  readonly weights: {
    readonly unplacedValue: number
    readonly gpus: number
    readonly cost: number
  }
}

/** Proves a lower bound by prices. `verifyBound` checks it without knowing how the prices were found. */
export interface FleetCertificate {
  /** `closed-form`: prices that hold for every demand on this model. `dual-prices`: from a linear program. */
  readonly kind: 'closed-form' | 'dual-prices'
  /** What the prices prove: no packing is below it, in the order of the three figures. */
  readonly lowerBound: FleetObjective
  /** Prices for this figure, when the figures before it are as in `lowerBound`. Null: the bound is 0, or for `gpus` the GPUs in use. */
  readonly unplacedValue: FleetPrices | null
  readonly gpus: FleetPrices | null
  readonly cost: FleetPrices | null
  /** With `cleared`: what proves how few idle instances have to be cleared. */
  readonly cleared?: FleetClearedProof
}

/** Proves how few idle instances are cleared. `verifyBound` checks it with `clearIdle`. */
export interface FleetClearedProof {
  /** The bound holds for packings whose three figures are at most these. */
  readonly atMost: FleetObjective
  readonly lowerBound: number
  /** Clearing one instance costs the denominator. Null: the bound is 0. */
  readonly prices: FleetPrices | null
}

/** The requests to place, and the GPUs to place them on. */
export interface PackFleetProblem {
  readonly requests: readonly FleetRequest[]
  readonly gpus: readonly FleetGpu[]
  /** Default: `gpus`. */
  readonly objective?: FleetGoal
}

/** Options of `packFleet`. */
export interface PackFleetOptions {
  /**
   * Default: true; more than 2^22 placements are then refused with `MIG_FLEET_INVALID`. With false, the
   * answer has `patterns` and `unplaced` but no `placements`: a hundred times faster, and for any count.
   */
  readonly names?: boolean
  /** Milliseconds from the call. Soon after, the best answer so far is returned. Default: no deadline. */
  readonly deadlineMs?: number
  /**
   * A limit as an amount of work, the same on every machine: about one microsecond for each unit, spent
   * after the first answer. `highs` is not used then, because its work cannot be counted. Default: no limit.
   */
  readonly workUnits?: number
  /** `auto` (default): `highs`, if a gap is left and the package is installed. `own`: never `highs`. */
  readonly solver?: 'auto' | 'own'
  /**
   * True: idle instances may be destroyed, if more value can be placed so. If all is placed without, nothing is cleared,
   * and the bounds are those of packings that clear nothing. Default: false.
   */
  readonly clearIdle?: boolean
  /** Aborting it rejects the call with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Where each request goes, and how good that is. */
export interface FleetPacking {
  readonly objective: FleetObjective
  /** No packing is below it, in the order of the three figures. */
  readonly lowerBound: FleetObjective
  /** 0: the packing is proven best. Else the relative distance of the first figure that is above its bound. */
  readonly gap: number
  /**
   * Where `lowerBound` comes from. `certificate` proves the bound of `closed-form` and `class-relaxation`.
   * `milp` is the word of `highs`, and `certificate` may prove less. They count what
   * `sameNode`, `spread` and `avoid` leave out by number alone: with these, a gap does not mean that a better packing exists.
   */
  readonly proof: 'closed-form' | 'class-relaxation' | 'milp'
  readonly certificate: FleetCertificate
  /** In the order of `requests`. Empty with `names: false`. */
  readonly placements: readonly FleetPlacement[]
  /** What equal GPUs receive, with `names: false`, too. */
  readonly patterns: readonly FleetPattern[]
  readonly unplaced: readonly FleetUnplaced[]
  /**
   * With `clearIdle`: the idle instances to destroy before anything is created, in the order of `gpus`. `clearing` says
   * how near they are to the fewest. Omitted: nothing is cleared, or `names` is false.
   */
  readonly cleared?: readonly FleetCleared[]
  /**
   * Together with `cleared`: no packing whose figures are at most those of `objective` clears fewer than `lowerBound`. `gap` is
   * the relative distance of `cleared` to it; 0: as few as can be.
   */
  readonly clearing?: { readonly lowerBound: number; readonly gap: number }
  /** The limit that ended the search before the gap was 0. Null: no limit did. */
  readonly stopped: 'deadline' | 'work-units' | null
}

/** A part of a packing problem, with machines of its own. Plain data. */
export interface PackingShard {
  readonly problem: PackFleetProblem
  /**
   * By entry of its `requests`: the position of the request in the whole problem, and the number of the first member that is in
   * this shard, where several have a part of its `count`.
   */
  readonly shares: readonly { readonly entry: number; readonly first: number }[]
}

/** The packings of all shards together. */
export interface JoinedPacking {
  readonly objective: FleetObjective
  /**
   * Without an answer for the whole problem: no packing that leaves each request in its shard is below it. With it: no packing is.
   */
  readonly lowerBound: FleetObjective
  /** The relative distance of the first figure that is above its bound. */
  readonly gap: number
  /** In the order of the requests of the whole problem, with its entries and names. */
  readonly placements: readonly FleetPlacement[]
  readonly unplaced: readonly FleetUnplaced[]
  /** With `clearIdle`: the idle instances to destroy before anything is created, shard by shard. Omitted: nothing is cleared. */
  readonly cleared?: readonly FleetCleared[]
}

/** Options of `verifyBound`. */
export interface VerifyBoundOptions {
  /** True: the certificate is that of a packing with `clearIdle`, which left something out. Default: false. */
  readonly clearIdle?: boolean
}

/** What `verifyBound` found. */
export type BoundCheck =
  | {
      readonly valid: true
      readonly lowerBound: FleetObjective
      /** How few idle instances have to be cleared, where the certificate proves that. */
      readonly cleared?: number
    }
  | { readonly valid: false; readonly reason: string }
