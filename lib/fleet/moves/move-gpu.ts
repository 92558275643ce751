import type { FleetInstance } from '../../../types/fleet/pack.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'

/** An instance, as a search for moves sees it. */
export interface MoveInstance {
  readonly place: CompiledPlacement
  readonly kind: number
  /** -1: it stays. */
  readonly cost: number
  readonly given: FleetInstance
}

export interface MoveGpu {
  /** In the order of the fleet. Among equal GPUs, the first is taken. */
  readonly position: number
  readonly name: string
  readonly node: string | null
  readonly instances: readonly MoveInstance[]
  /** Idle instances that may be cleared. They are in no one's way, so they are not among `instances`. */
  readonly idle: readonly MoveInstance[]
}

/** Null: the request of a plan. */
export function isIdle(instance: MoveInstance | null): boolean {
  return instance?.given.idle === true
}
