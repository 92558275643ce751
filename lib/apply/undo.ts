import type { GpuPlan } from '../../types/plan.js'
import type { StepReport } from '../../types/report.js'
import type { GpuState, GpuUuid } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { planToTarget, targetOf } from '../plan/index.js'
import type { Control } from './control.js'
import { instanceIdsOf, runStep } from './run-step.js'
import { differencesFromTarget } from './verify.js'

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
): Promise<StepReport[]> {
  if (steps.every((report) => report.status === 'not-started')) return [...steps]
  control.tell({ kind: 'undo-started', gpu: plan.gpu, cause })
  let failure: Error | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    failure = await restore(session, before).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    )
    if (failure === null) break
  }
  return steps.map((report) => {
    if (report.status !== 'done') return report
    if (failure !== null) return { ...report, status: 'undo-failed', error: failure }
    control.tell({ kind: 'step-undone', step: report.step })
    return { ...report, status: 'undone' }
  })
}

/** Null when the GPU is as it was. */
async function restore(session: DriverSession, before: GpuState): Promise<Error | null> {
  const target = targetOf(before)
  const live = await readGpu(session, before.uuid)
  const ids = instanceIdsOf(live)
  for (const step of planToTarget(live, target)) await runStep(session, step, ids)
  const left = differencesFromTarget(await readGpu(session, before.uuid), target)
  return left.length === 0
    ? null
    : new Error(`GPU ${before.index} is not as before: ${left.join('; ')}`)
}

/** A GPU that is lost must not keep the others from being brought back. */
async function readGpu(session: DriverSession, uuid: GpuUuid): Promise<GpuState> {
  const { gpus } = await session.readState({ skipLost: true })
  const gpu = gpus.find((each) => each.uuid === uuid)
  if (gpu === undefined) throw new Error(`${uuid} cannot be read`)
  return gpu
}
