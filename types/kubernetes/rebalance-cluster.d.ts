import type { ClusterObject } from './cluster-client.js'
import type {
  RebalanceLeftOut,
  RebalanceMemory,
  RebalanceProblem,
  RebalanceReserve,
} from './rebalance.js'

/** What a cluster has, as the API server lists it. */
export interface RebalanceObjects {
  readonly nodes: readonly ClusterObject[]
  /** The pods of all namespaces, with those that run. */
  readonly pods: readonly ClusterObject[]
  /** PodDisruptionBudgets, for pods that move. */
  readonly budgets?: readonly ClusterObject[]
  /** ResourceClaims, for pods with claims. */
  readonly claims?: readonly ClusterObject[]
  /** DeviceClasses, which these claims name. */
  readonly classes?: readonly ClusterObject[]
  /** ResourceSlices: they say on which nodes a DRA driver serves claims. */
  readonly slices?: readonly ClusterObject[]
}

/** How a cluster is read. Times are in milliseconds. */
export interface RebalanceReadOptions {
  /** Milliseconds since 1970. Default: now. */
  readonly now?: number
  /** A pod that did not come after a change for it counts again after so long. Default 1,800,000. */
  readonly retryMs?: number
  /** Running pods that could come back elsewhere may move. Default false. */
  readonly move?: boolean
  /** GPUs whose MIG mode may change: none, those that need no reset (Hopper and later), or all. Default `none`. */
  readonly modeChanges?: 'none' | 'free' | 'all'
  readonly reserves?: readonly RebalanceReserve[]
  readonly mix?: RebalanceProblem['mix']
}

/** A cluster as a problem of `planRebalance`. */
export interface RebalanceReading {
  readonly problem: RebalanceProblem
  /** In the order of the objects. Nodes without a sign of a GPU and pods without a demand are not named. */
  readonly leftOut: readonly RebalanceLeftOut[]
  /**
   * For `calmRebalance`: since when the scheduler has found no node for each pod, and when the rebalancer last changed each node. A node
   * with a part of its plan to come is not among them.
   */
  readonly memory: RebalanceMemory
}

/**
 * What the rebalancer has done to a node, in its annotation `mig-nvml/rebalance-record`. The configurations stand beside it, in
 * `mig-nvml/configs`.
 */
export interface RebalanceRecord {
  readonly version: 'mig-nvml/rebalance/v1'
  /** The configuration that the rebalancer has named in the label. Another label is a person's choice. */
  readonly config: string
  /** The configuration that comes back where the promise is not kept. It stands on the node, so it evicts no pod. */
  readonly before: string
  /** What a person had named: the label again once `before` is back. Null: nobody had named one. */
  readonly named: string | null
  /** When the label was written; ISO 8601. */
  readonly since: string
  /**
   * - `going`: the agent is at work, or the pods have yet to come.
   * - `kept`: all is as promised.
   * - `returning`: the configuration before is on its way back.
   * - `back`: it is back, or its agent cannot bring it back.
   */
  readonly state: 'going' | 'kept' | 'returning' | 'back'
  /** Pods for which the node changes, as `namespace/name`; at most twenty. With `back`, those that did not come. */
  readonly pods: readonly string[]
  /** The instances that were created for them. */
  readonly created: readonly {
    readonly gpu: string
    readonly profileId: number
    readonly start: number
  }[]
  /** GPUs of the same plan that change next, by UUID: pods have to leave them first. The node does not rest until then. */
  readonly later: readonly string[]
  /** Controllers of the pods that move away, and how many pods of each ran before. Their successors are waited for. */
  readonly successors: readonly {
    readonly namespace: string
    /** Its UID. */
    readonly controller: string
    readonly running: number
  }[]
  /** Why it went back. Null: it did not. */
  readonly reason: string | null
}
