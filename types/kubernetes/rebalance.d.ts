import type { Geometry, Placement } from '../model/geometry.js'

/** A taint of a node, as the API server has it. */
export interface NodeTaint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

/** A toleration of a pod, as the API server has it. */
export interface PodToleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

/** One condition of a node affinity. */
export interface NodeRequirement {
  readonly key: string
  /** `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`. A node satisfies no other. */
  readonly operator: string
  readonly values?: readonly string[]
}

/** Conditions that a node has to satisfy together. */
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeRequirement[]
  /** Kubernetes knows one field: `metadata.name`. */
  readonly matchFields?: readonly NodeRequirement[]
}

/** A GPU instance of a node. */
export interface RebalanceInstance {
  readonly profileId: number
  readonly placement: Placement
  /** The pod, as `namespace/name`, or whatever else holds it. Absent: it is idle. */
  readonly heldBy?: string
  /** False: it is bare or divided into compute instances, so no pod gets it as a device of its size. Default: true. */
  readonly isDevice?: boolean
}

/** A GPU of a node. It has a `geometry` or the name of a `model` whose geometry is published. */
export interface RebalanceGpu {
  readonly id: string
  readonly geometry?: Geometry
  readonly model?: string
  /** Default: true. */
  readonly migEnabled?: boolean
  /**
   * Whether its MIG mode may change: `free` without a reset of the GPU (Hopper and later), `reset` with one (Ampere). Default: `no`.
   */
  readonly modeChange?: 'no' | 'free' | 'reset'
  /** Default: empty. */
  readonly layout?: readonly RebalanceInstance[]
  /** What holds the whole GPU, with MIG off. */
  readonly heldBy?: string
}

/** A node, with what decides which pods may go there. */
export interface RebalanceNode {
  readonly name: string
  readonly labels?: { readonly [label: string]: string }
  readonly taints?: readonly NodeTaint[]
  readonly unschedulable?: boolean
  readonly gpus: readonly RebalanceGpu[]
  /** Why its layout stays as it is. What is idle there is still offered to pods. Absent: it may change. */
  readonly fixed?: string
}

/** A pod with its demand. Pods of equal `devices`, `priority` and conditions are interchangeable. */
export interface RebalancePod {
  /** `namespace/name` */
  readonly id: string
  /** A higher one comes first. Default: 0. */
  readonly priority?: number
  /** How many devices of each size: `1g.5gb`, or `gpu` for whole GPUs. All of them come from one node. */
  readonly devices: { readonly [size: string]: number }
  readonly nodeSelector?: { readonly [label: string]: string }
  /** The required node affinity: a node has to satisfy one of the terms. */
  readonly nodeTerms?: readonly NodeSelectorTerm[]
  readonly tolerations?: readonly PodToleration[]
}

/** A pod that runs and may move. It holds one instance, and `devices` is one of its size. */
export interface MovablePod extends RebalancePod {
  /** The PodDisruptionBudgets that count it, by name. One that `budgets` of the problem lacks allows nothing. */
  readonly budgets?: readonly string[]
}

/** Idle devices that each node is to keep, after all pods have theirs. */
export interface RebalanceReserve {
  readonly size: string
  readonly count: number
  /** Default: each node with GPUs. */
  readonly nodeSelector?: { readonly [label: string]: string }
}

/** A cluster and what it lacks. */
export interface RebalanceProblem {
  readonly nodes: readonly RebalanceNode[]
  /** Pods without a node. */
  readonly pods: readonly RebalancePod[]
  readonly reserves?: readonly RebalanceReserve[]
  /** The share of each size in future requests, in whole numbers. Default: one for each device that a pod of `pods` wants. */
  readonly mix?: { readonly [size: string]: number }
  /** Pods that may move. Default: none. */
  readonly movable?: readonly MovablePod[]
  /**
   * `destroyed`: pods move only away from instances that the plan destroys; the agent evicts no others. Default: `any`.
   */
  readonly moveFrom?: 'any' | 'destroyed'
  /** How many pods may be evicted now under each budget. */
  readonly budgets?: { readonly [name: string]: number }
}

/** How long to search, and for how large a change. */
export interface RebalanceOptions {
  /** Default: 5000. */
  readonly deadlineMs?: number
  /** At most so many nodes change. Default: no limit. */
  readonly maxNodes?: number
  /** `own`: without the package `highs`. Default: `auto`. */
  readonly solver?: 'auto' | 'own'
  readonly signal?: AbortSignal
}

/** An instance of a plan. */
export interface PlannedInstance {
  readonly profileId: number
  readonly size: string
  readonly placement: Placement
}

/** What changes on one GPU. */
export interface GpuRebalance {
  readonly gpu: string
  /** Null: the MIG mode stays. */
  readonly mode: 'on' | 'off' | null
  readonly destroyed: readonly PlannedInstance[]
  readonly created: readonly PlannedInstance[]
  /** All GPU instances afterwards, in ascending order of placement. */
  readonly layout: readonly PlannedInstance[]
}

/** What changes on one node. */
export interface NodeRebalance {
  readonly node: string
  readonly gpus: readonly GpuRebalance[]
}

/** A pod that has devices by the plan. */
export interface AdmittedPod {
  readonly pod: string
  readonly node: string
  /** False: what is idle now and stays is enough, and the scheduler needs no change. */
  readonly afterChange: boolean
}

/** A pod that stays pending. */
export interface WaitingPod {
  readonly pod: string
  /** `no-node`: no node that it may go to could ever have its devices. `no-room`: they are in use. */
  readonly reason: 'no-node' | 'no-room'
}

/** A pod that leaves its instance, and a node that has a place for its successor. */
export interface PodMove {
  readonly pod: string
  readonly from: string
  readonly to: string
  /**
   * Make before break: the successor can run before the pod leaves, if the pods of the earlier moves have left and `after` has
   * changed. False: its device is only there once the pod has left.
   */
  readonly live: boolean
  /** The GPU of `to`, by id, whose change makes the device of the successor. Empty: it needs no change. */
  readonly after: readonly string[]
}

/**
 * What a plan minimises, in this order:
 * - `waiting`: pods that stay pending, by priority, the highest first.
 * - `reserves`: reserved devices that are missing.
 * - `evictions`: pods that move.
 * - `modeChanges`: changes of the MIG mode; one that takes a reset counts 1000.
 * - `destroyed`: instances that are destroyed.
 * - `nodes`: nodes that change.
 * - `lostRoom`: how much less of the mix fits than with the roomiest change of each GPU.
 */
export interface RebalanceFigure {
  readonly name:
    | 'waiting'
    | 'reserves'
    | 'evictions'
    | 'modeChanges'
    | 'destroyed'
    | 'nodes'
    | 'lostRoom'
  /** Only `waiting` has one. */
  readonly priority?: number
  readonly value: number
  /** No plan with the figures before it has less. */
  readonly lowerBound: number
}

/**
 * What proves one `lowerBound`: what a device of each size is worth on nodes that the same pods may enter, and what one more of each
 * figure costs; whole numbers over one denominator.
 */
export interface RebalancePrices {
  /** Position in `objective`. */
  readonly figure: number
  readonly denominator: number
  /** By position in `objective`. */
  readonly weights: readonly number[]
  readonly groups: readonly {
    readonly nodes: readonly string[]
    readonly sizes: { readonly [size: string]: number }
  }[]
  readonly budgets: { readonly [name: string]: number }
}

/** A change of the layouts of a cluster. */
export interface RebalancePlan {
  /** In the order of `nodes`. Empty: no change admits anything more. */
  readonly changes: readonly NodeRebalance[]
  /** In the order of `pods`. */
  readonly admitted: readonly AdmittedPod[]
  readonly waiting: readonly WaitingPod[]
  /** In the order in which the pods move. A GPU changes once all pods that move have left it. */
  readonly moves: readonly PodMove[]
  readonly objective: readonly RebalanceFigure[]
  /** 0: each figure is proven to be the least. Else the distance of the first one that is not, relative to it. */
  readonly gap: number
  /** `prices`: the certificate proves all bounds. `milp`: HiGHS has solved a part, and some bounds are its word. */
  readonly proof: 'prices' | 'milp'
  readonly certificate: readonly RebalancePrices[]
  /** What ended the search early. */
  readonly stopped: 'deadline' | null
}

/** What a rebalancer remembers between its plans. Plain data, safe for JSON. Times are in milliseconds since 1970. */
export interface RebalanceMemory {
  /** When each pending pod was first seen, by its id. */
  readonly pendingSince: { readonly [pod: string]: number }
  /** When a plan last changed a node, by its name. */
  readonly changedAt: { readonly [node: string]: number }
}

/** How calm a rebalancer is. */
export interface RebalanceCalmOptions {
  /** The time in milliseconds. Default: now. */
  readonly now?: number
  /** A pod counts once it has been pending for so many milliseconds. Default: 30,000. */
  readonly windowMs?: number
  /** A node keeps its layout for so many milliseconds after a change. Default: 600,000. */
  readonly restMs?: number
}

/** A node or a pod that is not in the problem, or a node whose layout stays. */
export interface RebalanceLeftOut {
  readonly kind: 'node' | 'pod'
  /** A pod as `namespace/name`. */
  readonly name: string
  /** A sentence for people. */
  readonly reason: string
  /** It passes by itself, and soon: a change ends, a layout is published, a pod starts. */
  readonly passes: boolean
}

/** The part of a problem that counts now. */
export interface CalmRebalance {
  /** Without the pods that are too new. A node that rests is `fixed`. */
  readonly problem: RebalanceProblem
  /** These pods and nodes, each with a sentence for people. */
  readonly leftOut: readonly RebalanceLeftOut[]
  readonly memory: RebalanceMemory
  /** When the next pod counts, or the next node has rested, if the cluster stays as it is. Null: never. */
  readonly nextAt: number | null
}
