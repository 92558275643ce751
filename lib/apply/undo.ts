import type { GpuPlan } from '../../types/plan.js'
import type { StepReport } from '../../types/report.js'
import type { GpuState, GpuUuid } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { MigError, toError } from '../errors.js'
import { findGpu } from '../model/state.js'
import { planToTarget, targetToRestore } from '../plan/index.js'
import type { Control } from './control.js'
import { instanceIdsOf, runStep } from './run-step.js'
import { isTakenBack } from './taken-back.js'
import { differencesFromTarget } from './verify.js'

export interface GpuUndo {
  readonly steps: readonly StepReport[]
  /** Why the GPU is not as it was; null when it is, in everything. */
  readonly failure: Error | null
}

/** A driver that is busy for a moment gets a second chance; one that refuses twice is believed. */
const attempts = 2

/**
 * Brings one GPU back to where it was. What must be done is found from how the GPU is now, not from
 * a list of what was done: a call that failed may have had half of its effect.
 */
export async function undoGpu(
  session: DriverSession,
  plan: GpuPlan,
  steps: readonly StepReport[],
  before: GpuState,
  control: Control,
  cause: Error,
): Promise<GpuUndo> {
  if (steps.every((report) => report.status === 'not-started')) return { steps, failure: null }
  control.tell({ kind: 'undo-started', gpu: plan.gpu, cause })
  let failure: Error | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    failure = await restore(session, before).catch(toError)
    if (failure === null) break
  }
  const now = failure === null ? before : await readGpu(session, plan.gpu).catch(() => null)
  const reports = steps.map((report): StepReport => {
    if (report.status !== 'done') return report
    if (isTakenBack(report.step, before, now)) return { ...report, status: 'undone' }
    return { ...report, status: 'undo-failed', ...(failure === null ? {} : { error: failure }) }
  })
  for (const { step, status } of reports.toReversed())
    if (status === 'undone') control.tell({ kind: 'step-undone', step })
  return { steps: reports, failure }
}

/**
 * Takes back as much as can be: what the driver refuses does not keep the rest from coming back.
 * Null when the GPU is as it was.
 */
async function restore(session: DriverSession, before: GpuState): Promise<Error | null> {
  const target = targetToRestore(before)
  const live = await readGpu(session, before.uuid)
  const ids = instanceIdsOf(live)
  let refusal: Error | null = null
  for (const step of planToTarget(live, target)) {
    try {
      await runStep(session, step, ids)
    } catch (error) {
      refusal ??= toError(error)
    }
  }
  const left = differencesFromTarget(await readGpu(session, before.uuid), target)
  if (left.length === 0) return null
  return new MigError(
    'MIG_VERIFY_FAILED',
    `GPU ${before.index} is not as before: ${left.join('; ')}`,
    {
      cause: refusal ?? undefined,
    },
  )
}

async function readGpu(session: DriverSession, uuid: GpuUuid): Promise<GpuState> {
  const gpu = findGpu(await session.readState(), uuid)
  if (gpu === null) throw new MigError('MIG_VERIFY_FAILED', `${uuid} cannot be read any more`)
  return gpu
}
