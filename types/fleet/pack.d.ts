import type { Geometry, Placement } from '../model/geometry.js'
import type { Needs } from '../solver/choose-profile.js'
import type { GeometryTables } from '../solver/tables.js'

/** A GPU instance that is there already. */
export interface FleetInstance {
  readonly profileId: number
  readonly placement: Placement
  /** Of the request that holds it. Unique in the fleet, beside those of the other requests. */
  readonly id?: string
  /** May not be moved. */
  readonly pinned?: boolean
  /** What `spread` and `avoid` of requests count. */
  readonly labels?: readonly string[]
}

/** A GPU, or with `count` so many equal ones, which are then called `<id>/0`, `<id>/1`, …. */
export interface FleetGpu {
  /** Unique in the fleet; a UUID, say. */
  readonly id: string
  /** Default: 1, and the GPU is called `<id>`. Where GPUs are told apart by name, 2^20 in all at most. */
  readonly count?: number
  /**
   * `id` of the entry with a `count` that it was part of, as a snapshot tells: `where.gpus` still finds it
   * by that, and without a node it is still in one machine with the others.
   */
  readonly entry?: string
  /** GPUs with one node are in one machine. Without it, each entry is a machine of its own. */
  readonly node?: string
  /** It takes nothing new, and nothing moves to it; what is on it stays, or moves away. Default: false. */
  readonly cordoned?: boolean
  /** What it can be divided into. Default: what is published of `model`. */
  readonly geometry?: Geometry | GeometryTables
  /**
   * Name of the model, as in `A100-SXM4-80GB`, or its catalog key: what `where.models` of requests compares.
   * Without a `geometry`, a name that several GPUs have is refused, and their keys are named.
   */
  readonly model?: string
  /** What is on it. Default: nothing. */
  readonly layout?: readonly FleetInstance[]
  /** Default: true. A GPU with MIG off takes whole-GPU requests only, one with MIG on none of them. */
  readonly migEnabled?: boolean
  /** Of the request that holds the whole GPU; only where MIG is off. */
  readonly heldBy?: string
  /** Only requests with the same reservation get in. */
  readonly reservation?: string
  /** What `where.labels` of requests compares. */
  readonly labels?: { readonly [name: string]: string }
  /** Of using it at all, a whole number from 0 to 2^40: what `objective: 'cost'` adds up. Default: 0. */
  readonly cost?: number
}

/** Which GPUs will do: those that meet every part that is given. */
export interface FleetGpuFilter {
  /** Entries of `gpus`, by id. `createFleet` finds single GPUs of an entry with a `count` by name, too. */
  readonly gpus?: readonly string[]
  readonly nodes?: readonly string[]
  readonly notNodes?: readonly string[]
  readonly models?: readonly string[]
  readonly labels?: { readonly [name: string]: string }
}

/** At most so many of one label. Instances that are there already count. */
export interface FleetSpread {
  readonly label: string
  readonly maxPerGpu?: number
  readonly maxPerNode?: number
}

/** Not beside anything that has the label. It holds both ways. */
export interface FleetAvoid {
  readonly label: string
  readonly scope: 'gpu' | 'node'
}

/**
 * One MIG device that fills its GPU instance, or a whole GPU; with `count` so many equal ones. Exactly
 * one of `profile`, `need` and `wholeGpu` is given.
 */
export interface FleetRequest {
  /** Unique in the fleet. With `count`, they are called `<id>/0`, `<id>/1`, …. */
  readonly id?: string
  /** A whole number from 0; from 1 for `place` of a fleet, and 1 for `makeRoom`. Default: 1. */
  readonly count?: number
  /** Name (`1g.10gb`) or id. It is looked for on every model of the fleet, whatever size it is there. */
  readonly profile?: string | number
  /** Any profile with enough of everything serves. */
  readonly need?: Needs
  readonly wholeGpu?: true
  /** What is lost where one of them finds no room: a whole number from 1 to 2^40. Default: 1. */
  readonly value?: number
  readonly where?: FleetGpuFilter
  /** Opens GPUs with this reservation, beside those without any. */
  readonly reservation?: string
  /** All requests with one text here go to one node, or none of them is placed. */
  readonly sameNode?: string
  readonly labels?: readonly string[]
  readonly spread?: readonly FleetSpread[]
  readonly avoid?: readonly FleetAvoid[]
}

/** Where one request went. */
export interface FleetPlacement {
  /** Its name; null: the entry has none. */
  readonly request: string | null
  /** Position of its entry in `requests`. */
  readonly entry: number
  /** Name of the GPU. */
  readonly gpu: string
  /** Both null: the whole GPU. */
  readonly profileId: number | null
  readonly placement: Placement | null
}

/** GPUs that get the same. */
export interface FleetPattern {
  /** Position in `gpus` of the first GPU that is like them. */
  readonly like: number
  readonly gpuCount: number
  /** Room for these is made on each; null is the whole GPU. Some of it may stay free on the last GPU. */
  readonly instances: readonly { readonly profileId: number | null; readonly count: number }[]
}

/** How many of an entry have no room. */
export interface FleetUnplaced {
  readonly entry: number
  readonly count: number
}

/**
 * The three figures that a packing makes small, each only where it does not make an earlier one larger.
 */
export interface FleetObjective {
  /** Sum of `value` of what is not placed. */
  readonly unplacedValue: number
  /** GPUs that hold something in the end, those that did before among them. */
  readonly gpus: number
  /** What `objective` asks for; 0 where it asks for nothing. */
  readonly cost: number
}

/**
 * - `gpus`: nothing beyond the fewest GPUs.
 * - `memory`: then the least memory given away, in MiB: of requests by need, the smallest profiles.
 * - `cost`: then the least sum of `cost` of the GPUs that were empty and get something.
 */
export type FleetGoal = 'gpus' | 'memory' | 'cost'

/**
 * A price for each entry of `requests` proves a bound: no GPU can take requests worth more than the
 * dearest set that fits on it, so what all requests are worth, less what the GPUs can take of it beyond
 * their own price, has to be paid. Prices are whole numbers over `denominator`.
 */
export interface FleetPrices {
  /** By entry of `requests`. */
  readonly prices: readonly number[]
  readonly denominator: number
  /** What is weighed up: `unplacedValue` times this, …, over `denominator` too. */
  readonly weights: {
    readonly unplacedValue: number
    readonly gpus: number
    readonly cost: number
  }
}

/** Proves a `FleetObjective` by prices: `verifyBound` checks it without knowing how it was found. */
export interface FleetCertificate {
  /** `closed-form`: prices that are the same for every demand of this model; else of a linear program. */
  readonly kind: 'closed-form' | 'dual-prices'
  /** What it proves: no packing is below `lowerBound` in the order of the three figures. */
  readonly lowerBound: FleetObjective
  /** For each figure in turn, given that the ones before are as in `lowerBound`; null: 0 is the bound. */
  readonly unplacedValue: FleetPrices | null
  readonly gpus: FleetPrices | null
  readonly cost: FleetPrices | null
}

/** What to place on which GPUs. */
export interface PackFleetProblem {
  readonly requests: readonly FleetRequest[]
  readonly gpus: readonly FleetGpu[]
  readonly objective?: FleetGoal
}

/** When to stop, and what to leave out. */
export interface PackFleetOptions {
  /**
   * Default: true; more than 2^22 placements are `MIG_FLEET_INVALID`. False: `patterns` and `unplaced` only,
   * which is a hundred times faster, and good for any count.
   */
  readonly names?: boolean
  /** Milliseconds from the call. The best answer so far comes back soon after. Default: none. */
  readonly deadlineMs?: number
  /**
   * The same as an amount of work, which is equal on every machine: about one microsecond each, spent
   * after the first answer. `highs` is not used then, as its work cannot be counted. Default: none.
   */
  readonly workUnits?: number
  /** Default: `auto`, `highs` where a gap is left and the package is installed. */
  readonly solver?: 'auto' | 'own'
  readonly signal?: AbortSignal
}

/** Where everything goes, and how good that is. */
export interface FleetPacking {
  readonly objective: FleetObjective
  /** No packing is below it, in the order of the three figures. */
  readonly lowerBound: FleetObjective
  /** 0: the packing is proven best. Else by how much the first figure that differs does, in parts of itself. */
  readonly gap: number
  /**
   * Where `lowerBound` comes from. `milp` is the word of `highs`; what `certificate` proves may be less then.
   * The others are proven by `certificate`. None of them knows of `sameNode`, `spread` and `avoid`: with
   * these, a gap is no proof that there is anything better.
   */
  readonly proof: 'closed-form' | 'class-relaxation' | 'milp'
  readonly certificate: FleetCertificate
  /** Without `names`: nothing. In the order of `requests`. */
  readonly placements: readonly FleetPlacement[]
  /** What each kind of GPU gets, whether named or not. */
  readonly patterns: readonly FleetPattern[]
  readonly unplaced: readonly FleetUnplaced[]
  /** Why it ended before the gap was 0; null: it did not, or nothing more could be tried. */
  readonly stopped: 'deadline' | 'work-units' | null
}

/** What `verifyBound` found. */
export type BoundCheck =
  | { readonly valid: true; readonly lowerBound: FleetObjective }
  | { readonly valid: false; readonly reason: string }
