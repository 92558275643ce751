import type { FleetGoal, PackFleetProblem } from '../../../types/fleet/pack.js'
import type { FleetModel, FleetModels } from './fleet-model.js'
import type { FleetGpuEntry } from './read-gpus.js'

/** Requests that differ in nothing that counts. */
export interface DemandGroup {
  readonly number: number
  /** Positions in `requests`. */
  readonly entries: number[]
  count: number
  readonly value: number
  /** Number of their access: requests with equal `where` and `reservation` have one access. */
  readonly access: number
  /** By model: positions of the profiles that serve, the best first. */
  readonly options: readonly (readonly number[])[]
}

/** GPUs of one model that the same requests may enter. */
export interface GpuPool {
  readonly number: number
  readonly model: FleetModel
  /** By access: whether its requests may enter. */
  readonly admits: readonly boolean[]
}

/** GPUs that differ in nothing that counts: one pool, one residual class, one cost. */
export interface GpuGroup {
  readonly number: number
  readonly model: FleetModel
  readonly pool: number
  /** -1: MIG is off. */
  readonly classNumber: number
  readonly inUse: boolean
  /** What `objective: 'cost'` adds up for each GPU that was empty and gets something; 0 for those in use. */
  readonly cost: number
  readonly members: FleetGpuEntry[]
  count: number
}

/** A packing problem by numbers: its size no longer depends on the number of GPUs and requests. */
export interface GroupedProblem {
  readonly problem: PackFleetProblem
  readonly goal: FleetGoal
  readonly models: FleetModels
  readonly gpus: readonly FleetGpuEntry[]
  readonly demands: readonly DemandGroup[]
  /** By entry of `requests`: number of its demand. */
  readonly demandOf: Int32Array
  readonly pools: readonly GpuPool[]
  readonly groups: readonly GpuGroup[]
  /** GPUs that hold something now. */
  readonly inUse: number
}
