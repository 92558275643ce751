import type { GpuPlan, PlanStep, TargetGpu } from '../../../types/machine/plan.js'
import type { StepReport } from '../../../types/machine/report.js'
import type { GpuState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import type { GpuJournal } from '../journal/journal.js'
import { bringTo } from '../operation/bring-to.js'
import type { Control } from '../operation/control.js'
import { differencesFromTarget } from '../operation/verify.js'
import { isPartOf, isTakenBack } from './taken-back.js'

export interface GpuUndo {
  readonly steps: readonly StepReport[]
  /** Why the GPU is not as it was; null when it is, in everything. */
  readonly failure: Error | null
  /** What the undo called for. */
  readonly calls: readonly PlanStep[]
  /** The GPU as the undo read it last; null where it could not be read. */
  readonly now: GpuState | null
}

/** Where an undo leads. */
export interface Baseline {
  readonly before: TargetGpu
  /** The GPU was found as it was `before`. */
  readonly isFound: boolean
  /** The journal of an earlier apply that was cut short: then the GPU was not found as it was `before`. */
  readonly unfinished: GpuJournal | null
}

/** Brings one GPU back to where it was. */
export async function undoGpu(
  session: DriverSession,
  plan: GpuPlan,
  steps: readonly StepReport[],
  baseline: Baseline,
  control: Control,
  cause: Error,
): Promise<GpuUndo> {
  control.tell({ kind: 'undo-started', gpu: plan.gpu, cause })
  const gpu = { uuid: plan.gpu, index: plan.gpuIndex }
  const { failure, steps: calls, now } = await bringTo(session, gpu, baseline.before)
  const reports = markUndone(steps, baseline, failure, now)
  tellUndone(reports, control)
  return { steps: reports, failure, calls, now }
}

/**
 * The undo of one GPU with what the last look at the machine says: a GPU that could not be read then may
 * turn out to be as before.
 */
export function settleUndo(
  undo: GpuUndo,
  baseline: Baseline,
  now: GpuState | null,
  control: Control,
): GpuUndo {
  if (undo.failure === null || now === null) return undo
  const failure = differencesFromTarget(now, baseline.before).length === 0 ? null : undo.failure
  const steps = undo.steps.map((report) => {
    if (report.status !== 'undo-failed' || report.error !== undo.failure) return report
    const { error: _, ...done } = report
    return { ...done, status: 'done' } as const
  })
  const reports = markUndone(steps, baseline, failure, now)
  tellUndone(
    reports.filter(({ step }) =>
      undo.steps.some((report) => report.step === step && report.status === 'undo-failed'),
    ),
    control,
  )
  return { ...undo, steps: reports, failure, now }
}

/** What became of the steps that took effect. */
function markUndone(
  steps: readonly StepReport[],
  { before, isFound }: Baseline,
  failure: Error | null,
  now: GpuState | null,
): readonly StepReport[] {
  return steps.map((report): StepReport => {
    if (report.status !== 'done') return report
    // It was on the way back anyhow, and stays.
    if (!isFound && failure === null && isPartOf(before, report.step)) return report
    // Where all is as before, so is what each step changed.
    if (failure === null || isTakenBack(report.step, before, now))
      return { ...report, status: 'undone' }
    return { ...report, status: 'undo-failed', error: failure }
  })
}

function tellUndone(reports: readonly StepReport[], control: Control): void {
  for (const { step, status } of reports.toReversed())
    if (status === 'undone') control.tell({ kind: 'step-undone', step })
}
