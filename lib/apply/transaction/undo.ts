import type { GpuPlan, TargetGpu } from '../../../types/plan.js'
import type { StepReport } from '../../../types/report.js'
import type { DriverSession } from '../../driver/session.js'
import type { Control } from '../control.js'
import type { GpuJournal } from '../journal/journal.js'
import { bringTo, readGpu } from '../steps/bring-to.js'
import { isPartOf, isTakenBack } from './taken-back.js'

export interface GpuUndo {
  readonly steps: readonly StepReport[]
  /** Why the GPU is not as it was; null when it is, in everything. */
  readonly failure: Error | null
}

/** Where an undo leads. */
export interface Baseline {
  readonly before: TargetGpu
  /** Of an earlier apply that was cut short: then the GPU was not found as it was `before`. */
  readonly unfinished: GpuJournal | null
}

/** Brings one GPU back to where it was. */
export async function undoGpu(
  session: DriverSession,
  plan: GpuPlan,
  steps: readonly StepReport[],
  { before, unfinished }: Baseline,
  control: Control,
  cause: Error,
): Promise<GpuUndo> {
  control.tell({ kind: 'undo-started', gpu: plan.gpu, cause })
  const failure = await bringTo(session, { uuid: plan.gpu, index: plan.gpuIndex }, before)
  // Where all is as before, so is what each step changed; a driver that cannot be read is not asked.
  const now = failure === null ? null : await readGpu(session, plan.gpu).catch(() => null)
  const reports = steps.map((report): StepReport => {
    if (report.status !== 'done') return report
    // It was on the way back anyhow, and stays.
    if (unfinished !== null && failure === null && isPartOf(before, report.step)) return report
    if (failure === null || isTakenBack(report.step, before, now))
      return { ...report, status: 'undone' }
    return { ...report, status: 'undo-failed', error: failure }
  })
  for (const { step, status } of reports.toReversed())
    if (status === 'undone') control.tell({ kind: 'step-undone', step })
  return { steps: reports, failure }
}
