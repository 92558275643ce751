import type { GpuPlan } from '../../../types/machine/plan.js'
import type { GpuProcess, GpuUuid } from '../../../types/model/state.js'
import type { LayoutInfeasible } from '../../../types/solver/explain.js'

/** How an apply is to be done, as far as the plan depends on it. */
export interface PlanningOptions {
  /** Change MIG modes, and no instances if the mode stays. */
  readonly modeOnly?: boolean
  /** Leave the resets that modes need for later. */
  readonly skipReset?: boolean
  /** Plan through processes that are in the way. */
  readonly evict?: boolean
  /** The driver that makes the changes. Absent: its limits do not count. */
  readonly driverVersion?: string
  /** The GPUs whose mode changes only by a reset. */
  readonly modeByReset?: ReadonlySet<GpuUuid>
}

/** The change is possible, but these processes would lose their devices. */
export interface GpuInUse {
  readonly kind: 'in-use'
  readonly processes: readonly GpuProcess[]
}

export type GpuPlanResult =
  | { readonly kind: 'plan'; readonly plan: GpuPlan }
  | LayoutInfeasible
  | GpuInUse
