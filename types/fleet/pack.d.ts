import type { Geometry, Placement } from '../model/geometry.js'
import type { Needs } from '../solver/choose-profile.js'
import type { GeometryTables } from '../solver/tables.js'

/** A GPU instance that is on a GPU already. */
export interface FleetInstance {
  readonly profileId: number
  readonly placement: Placement
  /** The `id` of the request that holds it. Unique among all requests of the fleet. */
  readonly id?: string
  /** True: it may not be moved. Default: false. */
  readonly pinned?: boolean
  /** The labels that `spread` and `avoid` of requests count. */
  readonly labels?: readonly string[]
}

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
}

/** Equal GPUs that receive the same instances. */
export interface FleetPattern {
  /** Position in `gpus` of the first entry that is like them. */
  readonly like: number
  readonly gpuCount: number
  /** What each GPU receives; null is the whole GPU. Some of it may stay free on the last GPU. */
  readonly instances: readonly { readonly profileId: number | null; readonly count: number }[]
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
   * `milp` is the word of `highs`, and `certificate` may prove less. All of them ignore `sameNode`, `spread`
   * and `avoid`: with these, a gap does not mean that a better packing exists.
   */
  readonly proof: 'closed-form' | 'class-relaxation' | 'milp'
  readonly certificate: FleetCertificate
  /** In the order of `requests`. Empty with `names: false`. */
  readonly placements: readonly FleetPlacement[]
  /** What equal GPUs receive, with `names: false`, too. */
  readonly patterns: readonly FleetPattern[]
  readonly unplaced: readonly FleetUnplaced[]
  /** The limit that ended the search before the gap was 0. Null: no limit did. */
  readonly stopped: 'deadline' | 'work-units' | null
}

/** What `verifyBound` found. */
export type BoundCheck =
  | { readonly valid: true; readonly lowerBound: FleetObjective }
  | { readonly valid: false; readonly reason: string }
