import type { MigPlan, PlanStep } from './plan.js'
import type { CompletedApply } from './report.js'

/** The context of the tracing channel `mig-nvml:apply` (`node:diagnostics_channel`). */
export interface ApplyTrace {
  /** The name of the configuration. */
  readonly config: string
  /** The path at which the loader found the driver's library. */
  readonly libraryPath: string
  /** Absent until the machine has been read and planned. */
  plan?: MigPlan
  /** Present at `asyncEnd`, unless the apply failed. */
  result?: CompletedApply
  /** Present at `error`. */
  error?: unknown
}

/** The context of the tracing channel `mig-nvml:step`. */
export interface StepTrace {
  readonly step: PlanStep
  /** The step undoes what an apply did. */
  readonly undo: boolean
  /** Present at `error`. */
  error?: unknown
}
