import type { GpuPlan } from '../../../types/machine/plan.js'
import type { GpuProcess } from '../../../types/model/state.js'
import type { LayoutInfeasible } from '../../../types/solver/explain.js'

/** The change is possible, but these processes would lose their devices. */
export interface GpuInUse {
  readonly kind: 'in-use'
  readonly processes: readonly GpuProcess[]
}

export type GpuPlanResult =
  | { readonly kind: 'plan'; readonly plan: GpuPlan }
  | LayoutInfeasible
  | GpuInUse
