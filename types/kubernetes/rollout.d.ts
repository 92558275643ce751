import type { ClusterObject } from './cluster-client.js'

/** How far a node is on the way to the configuration of a rollout. */
export interface RolloutNode {
  readonly name: string
  /**
   * - `todo`: its label names another configuration.
   * - `running`: its agent is at work, or has not begun.
   * - `done`: its agent has brought it there, and says so.
   * - `failed`: its agent has failed, and the node is as before.
   */
  readonly progress: 'todo' | 'running' | 'done' | 'failed'
  /** What its agent does or waits for, or why it failed. Null: nothing is known. */
  readonly reason: string | null
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
}

/** What a rollout does next. */
export interface RolloutStep {
  /** In the order of names. */
  readonly nodes: readonly RolloutNode[]
  /** Nodes that get the label now. */
  readonly start: readonly string[]
  /** `stopped`: too many nodes have failed, and those at work have ended. */
  readonly outcome: 'going' | 'done' | 'stopped'
}

/** Nodes as the API server has them, all of a rollout. */
export type RolloutNodes = readonly ClusterObject[]
