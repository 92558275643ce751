import type { StepReport } from '../../../types/machine/report.js'
import type { Baseline } from '../journal/baselines.js'
import { bringTo } from '../operation/bring-to.js'
import type { Operation } from '../operation/operation.js'
import { differencesFromTarget } from '../operation/verify.js'
import type { GpuProgress, GpuUndo } from './gpu-progress.js'
import { isPartOf, isTakenBack } from './taken-back.js'

/** Brings one GPU back to its baseline. */
export async function undoGpu(operation: Operation, gpu: GpuProgress): Promise<void> {
  const { session, control } = operation
  const started = performance.now()
  const { plan, failure: cause, baseline, steps } = gpu
  if (cause !== null) control.emit({ kind: 'undo-started', gpu: plan.gpu, cause })
  const { before } = baseline
  const gone = await bringTo(session, { uuid: plan.gpu, index: plan.gpuIndex }, before)
  gpu.undo = { failure: gone.failure, calls: gone.steps, now: gone.now }
  gpu.steps = markUndone(steps, baseline, gpu.undo)
  emitUndone(operation, gpu.steps)
  gpu.durationMs += performance.now() - started
}

/** Corrects an undo by the last read of the machine: a GPU that could not be read may turn out to be as before. */
export function settleUndo(operation: Operation, gpu: GpuProgress): void {
  const { undo, baseline, now } = gpu
  if (undo === null || undo.failure === null || now === null) return
  const failure = differencesFromTarget(now, baseline.before).length === 0 ? null : undo.failure
  const doubtful = new Set(
    gpu.steps.filter(({ status }) => status === 'undo-failed').map(({ step }) => step),
  )
  const steps = gpu.steps.map((report) =>
    report.status === 'undo-failed' && report.error === undo.failure ? asDone(report) : report,
  )
  gpu.undo = { failure, calls: undo.calls, now }
  gpu.steps = markUndone(steps, baseline, gpu.undo)
  emitUndone(
    operation,
    gpu.steps.filter(({ step }) => doubtful.has(step)),
  )
}

function asDone({ step, durationMs, mode }: StepReport): StepReport {
  return { step, status: 'done', durationMs, ...(mode === undefined ? {} : { mode }) }
}

/** What became of the steps that took effect. */
function markUndone(
  steps: readonly StepReport[],
  { before, isFound }: Baseline,
  { failure, now }: GpuUndo,
): readonly StepReport[] {
  return steps.map((report): StepReport => {
    if (report.status !== 'done') return report
    // A step on the way back to `before` is part of it, and stays.
    if (!isFound && failure === null && isPartOf(before, report.step)) return report
    // Where all is as before, so is what each step changed.
    if (failure === null || isTakenBack(report.step, before, now))
      return { ...report, status: 'undone' }
    return { ...report, status: 'undo-failed', error: failure }
  })
}

function emitUndone({ control }: Operation, reports: readonly StepReport[]): void {
  for (const { step, status } of reports.toReversed())
    if (status === 'undone') control.emit({ kind: 'step-undone', step })
}
