import type {
  RebalanceFigure,
  RebalanceGpu,
  RebalanceNode,
  RebalancePod,
  RebalanceProblem,
} from '../../../types/kubernetes/rebalance.js'
import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'

/** The size of a whole GPU, as pods request it. */
export const wholeGpu = 'gpu'

/** An instance of a GPU. */
export interface ModelItem {
  readonly place: CompiledPlacement
  /** Position in `sizes`; -1: nobody wants its size, or it is no device. */
  readonly size: number
  /** Idle, held for good, or held by a pod of this demand that may move. */
  readonly use: 'idle' | 'held' | number
  readonly pod: string | null
}

export interface ModelGpu {
  readonly given: RebalanceGpu
  readonly tables: Tables
  readonly isMigOn: boolean
  /** A whole GPU that something holds. */
  readonly isHeld: boolean
  /** Its layout may not change. */
  readonly isFixed: boolean
  readonly items: readonly ModelItem[]
}

export interface ModelNode {
  readonly number: number
  readonly given: RebalanceNode
  readonly gpus: readonly ModelGpu[]
  /** By number of the demand: how many of it may be on this node. */
  readonly admits: readonly boolean[]
}

/** Pods, or devices of a reserve, that differ in nothing that counts. */
export interface Demand {
  readonly number: number
  /** Position of the figure that counts those that get nothing; -1: movable pods, which have to stay somewhere. */
  readonly figure: number
  /** Devices of each size, by position in `sizes`. */
  readonly devices: readonly number[]
  readonly pods: readonly RebalancePod[]
  /** A reserve keeps so many devices on each node that it admits. */
  readonly perNode: number
  /** Movable pods have these: positions in `budgets`. */
  readonly budgets: readonly number[]
}

/** What a plan minimises, in order. */
export type FigureName = Pick<RebalanceFigure, 'name' | 'priority'>

/** A PodDisruptionBudget, or several that count together. */
export interface ModelBudget {
  readonly names: readonly string[]
  readonly allowed: number
}

/** A checked problem in numbers. */
export interface ClusterModel {
  readonly problem: RebalanceProblem
  readonly sizes: readonly string[]
  /** The share of each size in future requests. */
  readonly mix: readonly number[]
  readonly nodes: readonly ModelNode[]
  readonly demands: readonly Demand[]
  readonly figures: readonly FigureName[]
  readonly budgets: readonly ModelBudget[]
}
