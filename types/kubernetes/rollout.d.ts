import type { ClusterObject } from './cluster-client.js'

/** How far a node is on the way to the configuration of a rollout. */
export interface RolloutNode {
  readonly name: string
  /**
   * - `todo`: its label names another configuration.
   * - `draining`: it takes no new pods, and the others go before it gets its label.
   * - `running`: its agent is at work, or has not begun.
   * - `done`: its agent has brought it there, and says so.
   * - `failed`: its agent has failed, and the node is as before.
   */
  readonly progress: 'todo' | 'draining' | 'running' | 'done' | 'failed'
  /** What its agent does or waits for, or why it failed. Null: nothing is known. */
  readonly reason: string | null
  /** It has the taint of a rollout. */
  readonly isTainted: boolean
  /** Whether the node is ready for pods. */
  readonly isReady: boolean
}

/** How a rollout goes on. */
export interface RolloutOptions {
  readonly config: string
  /** So many nodes may be away at a time, those that are not ready included. Default 1. */
  readonly maxUnavailable?: number
  /** So many nodes come first, and all others only after them. Default 0. */
  readonly canary?: number
  /** So many nodes may fail before the rollout stops. Default 0. */
  readonly maxFailures?: number
  /**
   * Empty each node before it gets its label: it gets the taint `mig-nvml/maintenance:NoSchedule`, its pods go by the Eviction API, and
   * the taint goes when its agent is done or has failed. Default false.
   */
  readonly drain?: boolean
  /** Nodes that could not be emptied, with the reason. They count as failed. */
  readonly gaveUp?: { readonly [node: string]: string }
}

/** What a rollout does next. */
export interface RolloutStep {
  /** In the order of names. */
  readonly nodes: readonly RolloutNode[]
  /** Nodes that begin now: with the label, or with `drain` with the taint. */
  readonly start: readonly string[]
  /** Nodes whose taint goes now. */
  readonly release: readonly string[]
  /** `stopped`: too many nodes have failed, and those at work have ended. */
  readonly outcome: 'going' | 'done' | 'stopped'
}

/** Nodes as the API server has them, all of a rollout. */
export type RolloutNodes = readonly ClusterObject[]
