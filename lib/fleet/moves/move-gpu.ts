import type { FleetInstance } from '../../../types/fleet/pack.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'

/** An instance, as a search for moves sees it. */
export interface MoveItem {
  readonly place: CompiledPlacement
  readonly kind: number
  /** -1: it stays. */
  readonly cost: number
  readonly instance: FleetInstance
}

export interface MoveGpu {
  /** In the order of the fleet: the one tie rule is that the first comes first. */
  readonly position: number
  readonly name: string
  readonly node: string | null
  readonly items: readonly MoveItem[]
}
