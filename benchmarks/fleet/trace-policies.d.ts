import type { TracePod } from './pod-trace.js'

/** What a trace comes to under a policy. */
export interface PolicyRow {
  readonly policy: string
  /** The share of the pods that start. */
  readonly share: number
  /** How long these have waited, in steps. None for a bound. */
  readonly mean?: number
  readonly p95?: number
}

export const policyNames: {
  readonly balanced: string
  readonly small: string
  readonly hindsight: string
  readonly dynamic: string
  readonly bound: string
}

export function replayPolicies(
  pods: readonly TracePod[],
  cluster: {
    readonly nodes: number
    /** On each node. */
    readonly gpus: number
    readonly patience: number
    /** In steps. 0: plans follow each other in one step until no change is left. */
    readonly changeTakes: number
  },
): Promise<readonly PolicyRow[]>

export function summaryOf(waits: readonly number[]): { readonly mean: number; readonly p95: number }
