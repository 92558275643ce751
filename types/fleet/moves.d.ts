import type { MigNvmlConfigDocument } from '../config/mig-nvml-config.js'
import type { TargetGpu } from '../machine/plan.js'
import type { Placement } from '../model/geometry.js'
import type { FleetGpu, FleetRequest } from './pack.js'

/** GPUs as they are now. `Fleet.snapshot()` is one. */
export interface FleetInUse {
  readonly gpus: readonly FleetGpu[]
  /**
   * What holds the instances, found by `id`: an instance may then move wherever its request may go.
   * Of one without a request here, to GPUs of the same geometry outside of other reservations.
   */
  readonly requests?: readonly FleetRequest[]
}

/**
 * Whole numbers from 0 to 2 ** 40, in a unit of your choice; all moves together cost less than 2 ** 53. The
 * most special one counts.
 */
export interface FleetMoveCosts {
  /** Default: 1 */
  readonly each?: number
  readonly profiles?: readonly { readonly profile: string | number; readonly cost: number }[]
  /** By the `id` of what holds an instance. */
  readonly requests?: readonly { readonly id: string; readonly cost: number }[]
}

/** An instance that has another place afterwards. */
export interface FleetMove {
  readonly request: string | null
  readonly from: FleetPlanPlace
  readonly to: FleetPlanPlace
  readonly cost: number
}

/** A place on a GPU of the fleet. */
export interface FleetPlanPlace {
  readonly gpu: string
  readonly profileId: number
  readonly placement: Placement
}

/** A GPU instance with one compute instance that fills it. */
export interface FleetPlanInstance {
  readonly request: string | null
  readonly profileId: number
  readonly profileName: string
  readonly sliceCount: number
  readonly placement: Placement
}

/**
 * One change of one GPU. Before a `destroy` with a `move`, what uses the instance has to change over to
 * the one that was created for the same move; where `stop` is true, there is none yet.
 */
export interface FleetStep {
  readonly kind: 'create' | 'destroy'
  readonly gpu: string
  readonly instance: FleetPlanInstance
  /** Position in `moves`; null: for the request itself. */
  readonly move: number | null
  /** A place for the time being: the move needs a second step, as its own place is not free yet. */
  readonly detour: boolean
  readonly stop: boolean
}

/** A GPU before and after a plan. */
export interface FleetPlanGpu {
  readonly gpu: string
  readonly node: string | null
  readonly before: readonly FleetPlanInstance[]
  readonly after: readonly FleetPlanInstance[]
}

/** What has to change, in an order whose every prefix leaves legal layouts. Plain data. */
export interface FleetPlan {
  /** Those that change, in the order of `gpus`. */
  readonly gpus: readonly FleetPlanGpu[]
  readonly moves: readonly FleetMove[]
  readonly cost: number
  readonly steps: readonly FleetStep[]
  /** Instances made for the time being. */
  readonly detours: number
  /** Moves that break before they make. None: the whole plan is live. */
  readonly stops: number
}

/** What may be moved, and for how long to search. */
export interface MakeRoomOptions {
  /** Default: any number. */
  readonly maxMoves?: number
  readonly moveCost?: FleetMoveCosts
  /** Requests that stay where they are, beside instances that say so themselves. */
  readonly pinned?: readonly string[]
  readonly deadlineMs?: number
  /** The same as an amount of work that is equal on every machine: about one microsecond each. */
  readonly workUnits?: number
  /**
   * Only a plan in which nothing stops: the new instance is there before the old one goes. `no-room` is as
   * proven as without; where only plans with stops were found, the answer is `unknown`. Default: false.
   */
  readonly live?: boolean
}

/** The least that has to move. */
export interface RoomMade {
  readonly kind: 'room'
  /** Null: a whole GPU. */
  readonly profileId: number | null
  readonly placement: Placement | null
  readonly gpu: string
  readonly plan: FleetPlan
  /** No plan costs less. Equal to `plan.cost`: proven the best. */
  readonly lowerBound: number
  readonly stopped: 'deadline' | 'work-units' | null
}

/** Proven: no moves make room, or not so few. */
export interface NoRoomToMake {
  readonly kind: 'no-room'
  /**
   * - `class-bound`: all that is there and the request together are more than all GPUs can take, or no
   *   GPU that the request may use can be cleared enough.
   * - `exhaustive`: every way was tried.
   */
  readonly proof: 'class-bound' | 'exhaustive'
  /** It is proven for this many moves; null: for any number. */
  readonly maxMoves: number | null
}

/** The deadline or the work units were used up, or nothing live was found. */
export interface RoomUnknown {
  readonly kind: 'unknown'
  readonly lowerBound: number
  /** Null: every plan that was found has stops, and `live` was asked for. */
  readonly stopped: 'deadline' | 'work-units' | null
}

/** Look at its `kind`. */
export type MakeRoomResult = RoomMade | NoRoomToMake | RoomUnknown

/** What may be moved, and for how long to search. */
export interface CompactFleetOptions {
  readonly pinned?: readonly string[]
  readonly costs?: FleetMoveCosts
  readonly deadlineMs?: number
  readonly workUnits?: number
  /** Default: `auto`, `highs` where a gap is left and the package is installed. */
  readonly solver?: 'auto' | 'own'
}

/** Fewest GPUs, then the least cost of moves. */
export interface FleetCompaction {
  /** GPUs that hold something, before and afterwards. */
  readonly gpusBefore: number
  readonly gpus: number
  readonly cost: number
  readonly lowerBound: { readonly gpus: number; readonly cost: number }
  /** 0: proven the best. Else by how much the first figure that differs does, in parts of itself. */
  readonly gap: number
  /**
   * Where `lowerBound.cost` comes from. `class-relaxation`: prices in whole numbers, checked here, prove
   * it. `milp` is the word of `highs`.
   */
  readonly proof: 'class-relaxation' | 'milp'
  /** GPUs that hold nothing any more. */
  readonly freed: readonly string[]
  readonly plan: FleetPlan
  readonly stopped: 'deadline' | 'work-units' | null
}

/** What may be moved, and for how long to search. */
export interface DrainGpusOptions extends CompactFleetOptions {}

/** What no plan takes away from a GPU that is drained, or none that was found. */
export interface FleetLeft {
  readonly request: string | null
  readonly gpu: string
  /** Both null: the whole GPU. */
  readonly profileId: number | null
  readonly placement: Placement | null
  /**
   * - `pinned`: it may not be moved, or stands under `spread`, `avoid` or `sameNode`, or they name it.
   * - `never`: no other GPU could ever take it.
   * - `no-room`: the others have no room for it, beside what else leaves.
   * - `whole-gpu`: what holds a whole GPU does not move.
   */
  readonly reason: 'pinned' | 'never' | 'no-room' | 'whole-gpu'
}

/** Fewest instances left, then the least cost of moves. */
export interface FleetDrain {
  /** What stays on these GPUs. None: they are free afterwards. */
  readonly left: readonly FleetLeft[]
  readonly cost: number
  readonly lowerBound: { readonly left: number; readonly cost: number }
  /** 0: proven the best. Else by how much the first figure that differs does, in parts of itself. */
  readonly gap: number
  /** As of `FleetCompaction`. */
  readonly proof: 'class-relaxation' | 'milp'
  readonly plan: FleetPlan
  readonly stopped: 'deadline' | 'work-units' | null
}

/** Of `splitFleetPlan`. */
export interface SplitFleetPlanOptions {
  /** How a configuration names a GPU. Default: by its id, which a UUID or a PCI address can be. */
  readonly selectorOf?: (gpu: string) => string | number
}

/** What one GPU has to become within one stage. */
export interface FleetStageGpu {
  readonly gpu: string
  readonly node: string | null
  readonly target: TargetGpu
}

/** Changes that may happen at once. The next stage begins when all of this one is done. */
export interface FleetStage {
  /** Positions in `plan.steps`. */
  readonly steps: readonly number[]
  readonly gpus: readonly FleetStageGpu[]
  /** For each node: what `applyMigConfig` takes, under the name `fleet-plan`. */
  readonly nodes: readonly FleetNodeConfig[]
}

/** What `applyMigConfig` takes on this node. */
export interface FleetNodeConfig {
  /** Of a GPU without a node, the name of the GPU. */
  readonly node: string
  readonly config: MigNvmlConfigDocument
}

/** Which nodes, and how their configurations name GPUs. */
export interface ConfigureNodesOptions extends SplitFleetPlanOptions {
  /** In this order. Default: all, in the order of `gpus`. */
  readonly nodes?: readonly string[]
}
