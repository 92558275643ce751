import type { GpuPlan, PlanStep, TargetGpu } from '../../../types/machine/plan.js'
import type { GpuReport, StepReport } from '../../../types/machine/report.js'
import type { GpuState } from '../../../types/model/state.js'
import type { Baseline } from '../journal/baselines.js'
import type { GpuJournal } from '../journal/journal.js'

/** One GPU of a plan on its way through a transaction. Each stage fills in its part; see `runTransaction`. */
export interface GpuProgress {
  readonly plan: GpuPlan
  /** How it was found. */
  readonly before: GpuState
  /** Where its undo leads. */
  readonly baseline: Baseline

  /** Journal: what the disk says about it; null when nothing was written down. */
  journal: GpuJournal | null

  /** Run: its steps so far, and what became of each; empty for a GPU without steps. */
  steps: readonly StepReport[]
  /** How it must be afterwards: as planned, unless its mode waits for a reset or the driver lists other places. */
  target: TargetGpu
  /** Its MIG mode waits for a reset, and what is wanted beside the mode waits with it. */
  waits: boolean
  /** Why not all of its steps ran; null when they did. */
  stopped: Error | null
  /** From its first step to the end of the last one, an undo included. */
  durationMs: number

  /** Check: why it must not stay as it is; null when it may. */
  failure: Error | null

  /** Undo: null when nothing was to be undone. */
  undo: GpuUndo | null

  /** End: how it was read last; null where it could not be read. */
  now: GpuState | null
  outcome: GpuReport['outcome']
}

/** How an undo ended. */
export interface GpuUndo {
  /** Why the GPU is not as it was; null when it is, in everything. */
  readonly failure: Error | null
  /** The steps that the undo ran, refused ones included. */
  readonly calls: readonly PlanStep[]
  /** The GPU as the undo read it last; null where it could not be read. */
  readonly now: GpuState | null
}

export function startGpu(plan: GpuPlan, before: GpuState, baseline: Baseline): GpuProgress {
  return {
    plan,
    before,
    baseline,
    journal: null,
    steps: [],
    target: plan.target,
    waits: false,
    stopped: null,
    durationMs: 0,
    failure: null,
    undo: null,
    now: before,
    outcome: 'unchanged',
  }
}

export function hasSteps({ plan }: GpuProgress): boolean {
  return plan.steps.length > 0
}

/** Whether a step of it has begun. */
export function isTouched({ steps }: GpuProgress): boolean {
  return steps.some(({ status }) => status !== 'not-started')
}
