import type { GpuPlan, MigPlan, PlanStep } from './plan.js'
import type { GpuInstance, GpuUuid, MigState } from './state.js'

export interface StepReport {
  readonly step: PlanStep
  /**
   * `done`: it took effect. `failed`: the driver refused. `undone`: it took effect and was taken back.
   * `undo-failed`: it took effect and could not be taken back. `not-started`: an earlier step failed.
   */
  readonly status: 'done' | 'failed' | 'undone' | 'undo-failed' | 'not-started'
  readonly durationMs: number
  /** For `failed` and `undo-failed`. */
  readonly error?: Error
}

export interface GpuReport {
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  readonly steps: readonly StepReport[]
  /** GPU instances as they are now, by what the apply did to them. A kept one may have new compute instances. */
  readonly created: readonly GpuInstance[]
  readonly destroyed: readonly GpuInstance[]
  readonly kept: readonly GpuInstance[]
}

/** What an apply did. A failed one carries it too (`MigError.report`). */
export interface ApplyReport {
  /**
   * `unchanged`: the machine already was as wanted. `applied`: it is now, verified.
   * `planned`: a dry run. `undone`: a step failed and the machine is as before.
   * `failed`: a step failed and not all could be taken back; `after` says how the machine is.
   */
  readonly outcome: 'unchanged' | 'applied' | 'planned' | 'undone' | 'failed'
  readonly plan: MigPlan
  readonly gpus: readonly GpuReport[]
  readonly before: MigState
  /** Read back from the driver; null when it could not be read. */
  readonly after: MigState | null
  readonly durationMs: number
}

/** What an apply that did not fail gives. */
export interface CompletedApply extends ApplyReport {
  readonly outcome: 'unchanged' | 'applied' | 'planned'
  readonly after: MigState
}

/** Told while an apply runs. */
export type ApplyEvent =
  | { readonly kind: 'waiting-for-lock'; readonly path: string; readonly holder: string | null }
  | { readonly kind: 'planned'; readonly plan: MigPlan }
  | { readonly kind: 'step-started'; readonly step: PlanStep }
  | { readonly kind: 'step-done'; readonly step: PlanStep; readonly durationMs: number }
  | { readonly kind: 'step-failed'; readonly step: PlanStep; readonly error: Error }
  | { readonly kind: 'undo-started'; readonly gpu: GpuUuid; readonly cause: Error }
  | { readonly kind: 'step-undone'; readonly step: PlanStep }
  | { readonly kind: 'verified' }

/** Whether the machine is as a configuration says. */
export interface AssertReport {
  readonly matches: boolean
  readonly gpus: readonly {
    readonly gpu: GpuUuid
    readonly gpuIndex: number
    readonly matches: boolean
    /** What differs, for people; empty when it matches. */
    readonly differences: readonly string[]
  }[]
}

export type { GpuPlan }
