import type { GpuUuid } from '../model/state.js'
import type { HookEvent } from './hooks.js'
import type { GpuPlan, MigPlan, PlanStep } from './plan.js'
import type { CompletedApply, RecoveredGpu } from './report.js'

/** Told while an apply runs. */
export type ApplyEvent =
  | { readonly kind: 'waiting-for-lock'; readonly path: string; readonly holder: string | null }
  | { readonly kind: 'planned'; readonly plan: MigPlan }
  /** Somebody's apply was cut short, and this call deals with what it left. */
  | {
      readonly kind: 'recovering'
      readonly gpu: GpuUuid
      readonly config: string
      readonly by: string
    }
  | { readonly kind: 'recovered'; readonly recovered: RecoveredGpu }
  | { readonly kind: 'step-started'; readonly step: PlanStep }
  /**
   * The driver lists other places for compute instances than the plan took from the catalog: the steps of
   * `plan` run instead of those in `replaces`.
   */
  | {
      readonly kind: 'replanned'
      readonly plan: GpuPlan
      readonly replaces: readonly PlanStep[]
    }
  /** Only where the driver leaves it to its caller; nothing else runs meanwhile. */
  | { readonly kind: 'reset-started'; readonly gpu: GpuUuid; readonly gpuIndex: number }
  | { readonly kind: 'reset-done'; readonly gpu: GpuUuid; readonly gpuIndex: number }
  | { readonly kind: 'step-done'; readonly step: PlanStep; readonly durationMs: number }
  | { readonly kind: 'step-failed'; readonly step: PlanStep; readonly error: Error }
  | { readonly kind: 'undo-started'; readonly gpu: GpuUuid; readonly cause: Error }
  | { readonly kind: 'step-undone'; readonly step: PlanStep }
  /**
   * The driver has not answered for that long, and is waited for. Told of reads, too, then without a
   * step; without a GPU where the call is about the whole machine.
   */
  | {
      readonly kind: 'slow'
      /** The NVML function that runs, or `reset (…)`. */
      readonly fn: string
      readonly gpu: GpuUuid | null
      readonly gpuIndex: number | null
      readonly step: PlanStep | null
      readonly durationMs: number
    }
  | HookEvent
  | { readonly kind: 'verified' }

/** An apply on its way. Leaving the loop over its events does not stop it: that is for its signal. */
export interface ApplyRun extends AsyncIterable<ApplyEvent> {
  /** Rejects as `applyMigConfig` does; so does the loop over the events, when it comes to their end. */
  readonly report: Promise<CompletedApply>
}
