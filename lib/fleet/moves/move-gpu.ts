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
}
