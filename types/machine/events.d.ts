import type { GpuUuid } from '../model/state.js'
import type { ClientEvent } from './clients.js'
import type { HookEvent } from './hooks.js'
import type { GpuPlan, MigPlan, PlanStep } from './plan.js'
import type { CompletedApply, RecoveredGpu } from './report.js'

/** Emitted while an apply runs. */
export type ApplyEvent =
  /** Another process has the lock in the file `path`; `holder` describes it, if it is known. */
  | { readonly kind: 'waiting-for-lock'; readonly path: string; readonly holder: string | null }
  | { readonly kind: 'planned'; readonly plan: MigPlan }
  /** An earlier apply was interrupted; this call cleans up after it. */
  | {
      readonly kind: 'recovering'
      readonly gpu: GpuUuid
      readonly config: string
      readonly by: string
    }
  | { readonly kind: 'recovered'; readonly recovered: RecoveredGpu }
  | { readonly kind: 'step-started'; readonly step: PlanStep }
  /**
   * The driver lists other placements for compute instances than the catalog, from which the plan was made. The steps
   * of `plan` run in place of those in `replaces`.
   */
  | {
      readonly kind: 'replanned'
      readonly plan: GpuPlan
      readonly replaces: readonly PlanStep[]
    }
  /** Only where the driver leaves the reset to its caller. Nothing else runs meanwhile. */
  | { readonly kind: 'reset-started'; readonly gpu: GpuUuid; readonly gpuIndex: number }
  | { readonly kind: 'reset-done'; readonly gpu: GpuUuid; readonly gpuIndex: number }
  | { readonly kind: 'step-done'; readonly step: PlanStep; readonly durationMs: number }
  | { readonly kind: 'step-failed'; readonly step: PlanStep; readonly error: Error }
  | { readonly kind: 'undo-started'; readonly gpu: GpuUuid; readonly cause: Error }
  | { readonly kind: 'step-undone'; readonly step: PlanStep }
  /**
   * The driver has not answered for `durationMs`, and the apply waits for it. `step` is null for a read, and `gpu` is
   * null for a call that concerns the whole machine.
   */
  | {
      readonly kind: 'slow'
      /** The NVML function that is running, or `reset (…)`. */
      readonly fn: string
      readonly gpu: GpuUuid | null
      readonly gpuIndex: number | null
      readonly step: PlanStep | null
      readonly durationMs: number
    }
  | HookEvent
  | ClientEvent
  /** The machine was read again after the last step, and is as wanted. */
  | { readonly kind: 'verified' }

/** An apply that is running. Leaving the loop over its events does not stop it; its signal does. */
export interface ApplyRun extends AsyncIterable<ApplyEvent> {
  /** Rejects as `applyMigConfig` does. The loop over the events then rejects at their end, too. */
  readonly report: Promise<CompletedApply>
}
