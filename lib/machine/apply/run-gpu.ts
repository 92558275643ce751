import type { PlanStep } from '../../../types/machine/plan.js'
import type { ModeOutcome, StepReport } from '../../../types/machine/report.js'
import { toError } from '../../errors.js'
import { pendingTarget } from '../../plan/gpu/target.js'
import type { ApplyOperation } from '../operation/operation.js'
import { instanceIdsOf, runStep } from '../operation/run-step.js'
import { traceStep } from '../operation/tracing.js'
import type { GpuProgress } from './gpu-progress.js'
import { createReplanner } from './replan.js'

/**
 * Runs the steps of one GPU in order, until one fails or something stops the apply; the rest is reported as not
 * started. A step that has begun is never cut short, because what it did must be known. A failure stops the other
 * GPUs only where all stand or fall together.
 */
export async function runGpu(operation: ApplyOperation, gpu: GpuProgress): Promise<void> {
  const { session, control } = operation
  const started = performance.now()
  const ids = instanceIdsOf(gpu.before)
  const replanner = createReplanner(operation, gpu)
  const reports: StepReport[] = []
  let failure: Error | null = null
  let left = [...gpu.plan.steps]
  for (let step = left.shift(); step !== undefined; step = left.shift()) {
    if (reports.some(isWaiting)) {
      reports.push({ step, status: 'waiting', durationMs: 0 })
      continue
    }
    if (failure !== null || control.stopped !== null) {
      reports.push({ step, status: 'not-started', durationMs: 0 })
      continue
    }
    const anew = await replanner.replan(step, ids).catch(toError)
    if (anew !== null && !(anew instanceof Error)) {
      control.emit({ kind: 'replanned', plan: anew, replaces: [step, ...left] })
      left = [...anew.steps]
      continue
    }
    const current = step
    const report = await reportStep(operation, step, () =>
      anew === null ? runStep(session, current, ids, control.emit) : Promise.reject(anew),
    )
    reports.push(report)
    failure = report.error ?? null
  }
  gpu.steps = reports
  gpu.waits = reports.some(isWaiting)
  if (gpu.waits) gpu.target = pendingTarget(gpu.before)
  if (reports.some(({ status }) => status !== 'done' && status !== 'waiting'))
    gpu.stopped = failure ?? control.stopped
  gpu.durationMs = performance.now() - started
}

/** The steps after it need the new MIG mode. A mode that is wanted to wait is as wanted. */
function isWaiting({ step, mode }: StepReport): boolean {
  return mode?.pending === true && !(step.kind === 'set-mig-mode' && step.staysPending === true)
}

async function reportStep(
  { control, settings }: ApplyOperation,
  step: PlanStep,
  run: () => Promise<ModeOutcome | undefined>,
): Promise<StepReport> {
  control.emit({ kind: 'step-started', step })
  const started = performance.now()
  let mode: ModeOutcome | undefined
  try {
    mode = await traceStep(step, false, run)
  } catch (thrown) {
    const error = toError(thrown)
    // Before the listener: what it throws is not the first reason.
    if (settings.atomic === 'machine') control.stop(error)
    control.emit({ kind: 'step-failed', step, error })
    return { step, status: 'failed', durationMs: performance.now() - started, error }
  }
  const durationMs = performance.now() - started
  control.emit({ kind: 'step-done', step, durationMs })
  return { step, status: 'done', durationMs, ...(mode === undefined ? {} : { mode }) }
}
