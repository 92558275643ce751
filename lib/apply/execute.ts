import type { GpuPlan, PlanStep } from '../../types/plan.js'
import type { StepReport } from '../../types/report.js'
import type { GpuState } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { toError } from '../errors.js'
import type { Control } from './control.js'
import { instanceIdsOf, runStep } from './run-step.js'

/**
 * Runs the steps of one GPU in order, until one fails or something stops the apply; the rest is
 * reported as not started. A step that runs is never cut short: what it did must be known.
 */
export async function executeGpu(
  session: DriverSession,
  plan: GpuPlan,
  before: GpuState,
  control: Control,
): Promise<StepReport[]> {
  const ids = instanceIdsOf(before)
  const reports: StepReport[] = []
  for (const step of plan.steps) {
    if (control.stopped === null) control.tell({ kind: 'step-started', step })
    reports.push(
      control.stopped === null
        ? await executeStep(session, step, ids, control)
        : { step, status: 'not-started', durationMs: 0 },
    )
  }
  return reports
}

async function executeStep(
  session: DriverSession,
  step: PlanStep,
  ids: Map<string, number>,
  control: Control,
): Promise<StepReport> {
  const started = performance.now()
  try {
    await runStep(session, step, ids)
  } catch (thrown) {
    const error = toError(thrown)
    // First, so that no other GPU starts another step while the listener runs.
    control.stop(error)
    control.tell({ kind: 'step-failed', step, error })
    return { step, status: 'failed', durationMs: performance.now() - started, error }
  }
  const durationMs = performance.now() - started
  control.tell({ kind: 'step-done', step, durationMs })
  return { step, status: 'done', durationMs }
}
