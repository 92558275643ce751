import type { GpuPlan } from '../../types/plan.js'
import type { LayoutInfeasible } from '../../types/solver.js'
import type { GpuProcess } from '../../types/state.js'

/** The change is possible, but these processes would lose their devices. */
export interface GpuInUse {
  readonly kind: 'in-use'
  readonly processes: readonly GpuProcess[]
}

export type GpuPlanResult =
  | { readonly kind: 'plan'; readonly plan: GpuPlan }
  | LayoutInfeasible
  | GpuInUse
