import type { MigNvmlConfigDocument } from '../config/mig-nvml-config.js'
import type { TargetGpu } from '../machine/plan.js'
import type { Placement } from '../model/geometry.js'
import type { CompactionCertificate, DrainCertificate, RoomCertificate } from './certificates.js'
import type { FleetGpu, FleetRequest } from './pack.js'

/** GPUs with what they hold now. The snapshot of a fleet is one. */
export interface FleetInUse {
  readonly gpus: readonly FleetGpu[]
  /**
   * The requests of the instances, matched by `id`. An instance with a request here may move wherever the
   * request may go. Others may move to GPUs of the same geometry, outside of other reservations.
   */
  readonly requests?: readonly FleetRequest[]
}

/**
 * What moves cost: whole numbers from 0 to 2 ** 40, in a unit of your choice. All moves together have to cost
 * less than 2 ** 53. A cost by request counts before one by profile, and that before `each`.
 */
export interface FleetMoveCosts {
  /** Every other move. Default: 1. */
  readonly each?: number
  /** By name or id of the instance's profile. */
  readonly profiles?: readonly { readonly profile: string | number; readonly cost: number }[]
  /** By the `id` of the request that holds the instance. */
  readonly requests?: readonly { readonly id: string; readonly cost: number }[]
}

/** An instance that changes its place. */
export interface FleetMove {
  /** Id of the request that holds it. Null: it has none. */
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
  /** True: no request holds it. */
  readonly idle?: true
}

/**
 * One change of one GPU. Before a `destroy` with a `move`, whatever uses the instance has to switch to the
 * instance that was created for the same move. If `stop` is true, that instance does not exist yet.
 */
export interface FleetStep {
  readonly kind: 'create' | 'destroy'
  readonly gpu: string
  readonly instance: FleetPlanInstance
  /** Position in `moves`. Null: the step belongs to the request itself, or clears an idle instance. */
  readonly move: number | null
  /** True: the step uses a temporary place, because the final place of the move is not free yet. */
  readonly detour: boolean
  /** True: the instance goes before its successor exists, so what uses it has to stop. */
  readonly stop: boolean
  /**
   * True: the instance is idle before the step. A `create` then takes it as it is, and nothing changes on the GPU. A
   * `destroy` clears it; its `move` is null. Omitted: the instance is not idle.
   */
  readonly idle?: true
}

/** A GPU before and after a plan. */
export interface FleetPlanGpu {
  readonly gpu: string
  readonly node: string | null
  readonly before: readonly FleetPlanInstance[]
  readonly after: readonly FleetPlanInstance[]
}

/** What has to change. After each step, the layout of every GPU is legal. Plain data. */
export interface FleetPlan {
  /** The GPUs that change, in the order of the fleet. */
  readonly gpus: readonly FleetPlanGpu[]
  readonly moves: readonly FleetMove[]
  /** Sum of the costs of all moves. */
  readonly cost: number
  readonly steps: readonly FleetStep[]
  /** Number of instances that are created in temporary places. */
  readonly detours: number
  /** Number of moves that destroy an instance before its successor exists. 0: the whole plan is live. */
  readonly stops: number
}

/** Options of `makeRoom`. */
export interface MakeRoomOptions {
  /** The most instances that may move. Default: any number. */
  readonly maxMoves?: number
  readonly moveCost?: FleetMoveCosts
  /** Ids of requests that stay where they are, in addition to instances that are `pinned`. */
  readonly pinned?: readonly string[]
  /** Milliseconds from the call. Soon after, the best answer so far is returned. */
  readonly deadlineMs?: number
  /** A limit as an amount of work, the same on every machine: about one microsecond for each unit. */
  readonly workUnits?: number
  /**
   * True: accept only plans in which nothing stops: the new instance is there before the old one goes.
   * `no-room` is proven as without it. If only plans with stops were found, the answer is `unknown`, and `noLivePlan` says
   * whether it is proven that there is no other.
   * Default: false.
   */
  readonly live?: boolean
  /**
   * True: idle instances may be destroyed to make room. They go before anything moves: the cost of moves counts first, and
   * then as few are cleared as it finds. Default: false.
   */
  readonly clearIdle?: boolean
  /**
   * True: the answer gets a `certificate`. That takes longer, because prices or a search have to prove the
   * bound a second time. With idle instances on the fleet, there is often none (null). Default: false.
   */
  readonly certify?: boolean
}

/** Room for the request, and the plan of moves that makes it. */
export interface RoomMade {
  readonly kind: 'room'
  /** Null: a whole GPU. */
  readonly profileId: number | null
  readonly placement: Placement | null
  /** True: the instance is there, idle, and the request takes it as it is. Omitted: the plan creates it. */
  readonly reused?: true
  readonly gpu: string
  readonly plan: FleetPlan
  /** No plan costs less. If it equals `plan.cost`, the plan is proven best. */
  readonly lowerBound: number
  /** The limit that ended the search. Null: no limit did. */
  readonly stopped: 'deadline' | 'work-units' | null
  /** With `certify`: what proves the answer. `verifyPlan` checks it. Null: the proof is too long to be kept. */
  readonly certificate?: RoomCertificate | null
}

/** A proof that no moves make room, or none of at most `maxMoves`. */
export interface NoRoomToMake {
  readonly kind: 'no-room'
  /**
   * - `class-bound`: the request and everything on the GPUs are together more than all GPUs can take, or no
   *   GPU that the request may use can be cleared enough.
   * - `exhaustive`: the search tried everything.
   */
  readonly proof: 'class-bound' | 'exhaustive'
  /** The proof holds for at most this many moves. Null: for any number. */
  readonly maxMoves: number | null
  /** With `certify`: what proves the answer. `verifyPlan` checks it. Null: the proof is too long to be kept. */
  readonly certificate?: RoomCertificate | null
}

/** The search reached its limit, or found no live plan. */
export interface RoomUnknown {
  readonly kind: 'unknown'
  /** No plan costs less. */
  readonly lowerBound: number
  /** The limit that ended the search. Null: `live` is set, and every plan that was found has stops. */
  readonly stopped: 'deadline' | 'work-units' | null
  /**
   * With `live` and without a limit that was reached. `proven`: moves one after the other lead to no layout that has room, so
   * there is no live plan, with any number of moves. `not-proven`: there may be one.
   */
  readonly noLivePlan?: 'proven' | 'not-proven'
  /** With `certify`: what proves the answer. `verifyPlan` checks it. Null: the proof is too long to be kept. */
  readonly certificate?: RoomCertificate | null
}

/** The answer of `makeRoom`; `kind` says which. */
export type MakeRoomResult = RoomMade | NoRoomToMake | RoomUnknown

/** Options of `drainGpus`. */
export interface DrainGpusOptions {
  /** Ids of requests that stay where they are, in addition to instances that are `pinned`. */
  readonly pinned?: readonly string[]
  readonly costs?: FleetMoveCosts
  /** Milliseconds from the call. Soon after, the best answer so far is returned. Default: no deadline. */
  readonly deadlineMs?: number
  /**
   * A limit as an amount of work, the same on every machine: about one microsecond for each unit. `highs` is
   * not used then. Default: no limit.
   */
  readonly workUnits?: number
  /** `auto` (default): `highs`, if a gap is left and the package is installed. `own`: never `highs`. */
  readonly solver?: 'auto' | 'own'
}

/** Options of `compactFleet`. */
export interface CompactFleetOptions extends DrainGpusOptions {
  /**
   * Default: true. With false, the answer has figures, bounds and the certificate, but `plan` has no moves and
   * no steps, and `freed` is empty. `verifyPlan` needs the plan.
   */
  readonly names?: boolean
}

/**
 * The answer of `compactFleet`: the fewest GPUs in use, then the least cost of moves. Plain data. Where the figures are
 * proven best, and without `deadlineMs`, `freed` and `plan` are made when one of them is read first. They are those of the
 * fleet at the call, whatever happens to it since.
 */
export interface FleetCompaction {
  /** GPUs that hold something before the plan. */
  readonly gpusBefore: number
  /** GPUs that hold something after it. */
  readonly gpus: number
  /** Sum of the costs of all moves. */
  readonly cost: number
  /** No plan leaves fewer GPUs in use; none with as few as this costs less. */
  readonly lowerBound: { readonly gpus: number; readonly cost: number }
  /** 0: the plan is proven best. Else the relative distance of the first figure that is above its bound. */
  readonly gap: number
  /**
   * Where `lowerBound.cost` comes from. `class-relaxation`: prices in whole numbers prove it. `milp`: it is
   * the word of `highs`.
   */
  readonly proof: 'class-relaxation' | 'milp'
  /** What proves the bounds. `verifyPlan` checks it. With `proof: 'milp'`, it may prove less. */
  readonly certificate: CompactionCertificate
  /** Names of the GPUs that the plan empties. */
  readonly freed: readonly string[]
  readonly plan: FleetPlan
  /** The limit that ended the search. Null: no limit did. */
  readonly stopped: 'deadline' | 'work-units' | null
}

/** The figures of several compactions together: those of `FleetCompaction`, added up. */
export interface JoinedCompaction {
  readonly gpusBefore: number
  readonly gpus: number
  readonly cost: number
  /** Without an answer for the whole fleet: no moves within the shards do better. With it: no moves do. */
  readonly lowerBound: { readonly gpus: number; readonly cost: number }
  /** The relative distance of the first figure that is above its bound. */
  readonly gap: number
}

/** An instance, or a whole GPU, that the plan leaves on a drained GPU. */
export interface FleetLeft {
  readonly request: string | null
  readonly gpu: string
  /** `profileId` and `placement` are both null for a whole GPU. */
  readonly profileId: number | null
  readonly placement: Placement | null
  /**
   * - `pinned`: it may not move: it is pinned, or `spread`, `avoid` or `sameNode` of some request tie it.
   * - `never`: no other GPU that may take it could, even if empty.
   * - `no-room`: the other GPUs have no room for it beside everything else that leaves.
   * - `whole-gpu`: it holds a whole GPU, and these do not move.
   * - `idle`: no request holds it.
   */
  readonly reason: 'pinned' | 'never' | 'no-room' | 'whole-gpu' | 'idle'
}

/** The answer of `drainGpus`: the fewest instances left, then the least cost of moves. */
export interface FleetDrain {
  /** What stays on these GPUs. Empty: the GPUs are free after the plan. */
  readonly left: readonly FleetLeft[]
  /** Sum of the costs of all moves. */
  readonly cost: number
  /** No plan leaves fewer instances; none that leaves as few as this costs less. */
  readonly lowerBound: { readonly left: number; readonly cost: number }
  /** 0: the plan is proven best. Else the relative distance of the first figure that is above its bound. */
  readonly gap: number
  /** As in `FleetCompaction`. */
  readonly proof: 'class-relaxation' | 'milp'
  readonly certificate: DrainCertificate
  readonly plan: FleetPlan
  /** The limit that ended the search. Null: no limit did. */
  readonly stopped: 'deadline' | 'work-units' | null
}

/** Options of `splitFleetPlan`. */
export interface SplitFleetPlanOptions {
  /**
   * How a configuration selects a GPU. Default: by its name, which can be a UUID or a PCI address. Two GPUs of one node
   * need two selectors.
   */
  readonly selectorOf?: (gpu: string) => string | number
}

/** The target of one GPU in one stage. */
export interface FleetStageGpu {
  readonly gpu: string
  /** Null: the GPU has no node. */
  readonly node: string | null
  readonly target: TargetGpu
}

/** Changes that may happen at once. The next stage may begin only when this one is complete. */
export interface FleetStage {
  /** Positions in `plan.steps`. */
  readonly steps: readonly number[]
  readonly gpus: readonly FleetStageGpu[]
  /** For each node, a configuration for `applyMigConfig`, with the name `fleet-plan`. */
  readonly nodes: readonly FleetNodeConfig[]
}

/** A configuration for one node. */
export interface FleetNodeConfig {
  /** For a GPU without a node, the name of the GPU. */
  readonly node: string
  readonly config: MigNvmlConfigDocument
}

/** Options of `configureNodes`. */
export interface ConfigureNodesOptions extends SplitFleetPlanOptions {
  /** Names of nodes, in the order of the answer. Default: all nodes, in the order of `gpus`. */
  readonly nodes?: readonly string[]
}
