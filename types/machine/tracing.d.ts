import type { MigPlan, PlanStep } from './plan.js'
import type { CompletedApply } from './report.js'

/** What subscribers of the tracing channel `mig-nvml:apply` (`node:diagnostics_channel`) get. */
export interface ApplyTrace {
  /** The name of the configuration. */
  readonly config: string
  /** Where the loader found the driver's library. */
  readonly libraryPath: string
  /** Absent until the machine has been read and planned. */
  plan?: MigPlan
  /** At `asyncEnd`, unless it failed. */
  result?: CompletedApply
  /** At `error`. */
  error?: unknown
}

/** What subscribers of the tracing channel `mig-nvml:step` get. */
export interface StepTrace {
  readonly step: PlanStep
  /** It takes back what an apply has done. */
  readonly undo: boolean
  /** At `error`. */
  error?: unknown
}
