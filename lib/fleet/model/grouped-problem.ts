import type { FleetGoal, PackFleetProblem } from '../../../types/fleet/pack.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { FleetModel, FleetModels } from './fleet-model.js'
import type { FleetGpuEntry } from './read-gpus.js'

/** Requests that differ in nothing that counts. */
export interface DemandGroup {
  readonly number: number
  /** Positions in `requests`. */
  readonly entries: number[]
  count: number
  readonly value: number
  /** At least so many find no place, because of rules about their neighbours. Omitted: 0. */
  readonly left?: number
  /** Number of their access: requests with equal `where` and `reservation` have one access. */
  readonly access: number
  /** By model: positions of the profiles that serve, the best first. */
  readonly options: readonly (readonly number[])[]
}

/** GPUs of one model that the same requests may enter. */
export interface GpuPool {
  readonly number: number
  readonly model: FleetModel
  /** The accesses whose requests may enter, ascending. */
  readonly accesses: readonly number[]
}

/** GPUs that differ in nothing that counts: one pool, one residual class, one cost. */
export interface GpuGroup {
  readonly number: number
  readonly model: FleetModel
  readonly pool: number
  /** -1: MIG is off. Below: an idle instance of the profile at position `-2 - classNumber`. */
  readonly classNumber: number
  readonly inUse: boolean
  /** What `objective: 'cost'` adds up for each GPU that was empty and gets something; 0 for those in use. */
  readonly cost: number
  readonly members: FleetGpuEntry[]
  count: number
  /** Idle instances that each of them has, and that may be cleared. Omitted: they differ in that, and it does not count. */
  readonly idle?: readonly CompiledPlacement[]
}

/** The classes of groups that have room for one instance of one profile. */
export const wholeClass = -1

/** Position of the only profile that a GPU of such a group takes. Null: its residual class decides. */
export function onlyPosition({
  model,
  classNumber,
}: Pick<GpuGroup, 'model' | 'classNumber'>): number | null {
  if (classNumber >= 0) return null
  return classNumber === wholeClass ? model.tables.profiles.length : wholeClass - 1 - classNumber
}

export function idleClass(position: number): number {
  return wholeClass - 1 - position
}

export function isIdleGroup({ classNumber }: Pick<GpuGroup, 'classNumber'>): boolean {
  return classNumber < wholeClass
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
