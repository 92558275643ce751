import type { RebalanceProblem } from '../../types/kubernetes/rebalance.js'

export interface DrawnCluster {
  readonly nodeCount: number
  readonly gpusPerNode?: number
  readonly podCount: number
  /** The share of instances with a pod. */
  readonly busy: number
  readonly seed: number
  readonly movable?: boolean
  /** Divided on demand, at random places; else by the configuration of a node. */
  readonly grown?: boolean
}

export function drawCluster(options: DrawnCluster): RebalanceProblem
