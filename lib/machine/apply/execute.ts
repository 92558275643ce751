import type { GpuPlan, PlanStep, TargetGpu } from '../../../types/machine/plan.js'
import type { ModeOutcome, StepReport } from '../../../types/machine/report.js'
import type { GpuState, ListedMigState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { toError } from '../../errors.js'
import { gpuOf } from '../../model/state.js'
import { pendingTarget } from '../../plan/gpu/target.js'
import { type Control, controlOfGpu } from '../operation/control.js'
import { instanceIdsOf, runStep } from '../operation/run-step.js'
import { traceStep } from '../operation/tracing.js'
import { type ComparedPlaces, comparePlaces } from './compare-places.js'
import { putResetsFirst } from './resets-first.js'
import type { TransactionSettings } from './settings.js'

/** What was done to one GPU. */
export interface GpuRun {
  readonly plan: GpuPlan
  readonly steps: readonly StepReport[]
  /**
   * How it is now, if all went well: that of the plan, unless the rest waits for a reset or the driver lists
   * other places.
   */
  readonly target: TargetGpu
  /** Its MIG mode waits for a reset, and what it wants beside the mode waits with it. */
  readonly waits: boolean
  /** Why not all of its steps ran; null when they did. */
  readonly stopped: Error | null
  readonly durationMs: number
}

/** Writes down that a GPU goes another way than planned; it was `now` then. */
export type NoteNewPlan = (plan: GpuPlan, now: GpuState) => Promise<void>

/**
 * Runs the steps of one GPU after the other. The driver makes changes one at a time, whatever GPU they are
 * of, and NVML is closed around a reset. Where GPUs stand or fall together, the first failure stops all.
 */
export async function executeGpus(
  session: DriverSession,
  plans: readonly GpuPlan[],
  before: ListedMigState,
  control: Control,
  { atomic }: TransactionSettings,
  noteNewPlan: NoteNewPlan,
): Promise<GpuRun[]> {
  const runs: GpuRun[] = []
  for (const plan of putResetsFirst(plans)) {
    const own = atomic === 'machine' ? control : controlOfGpu(control)
    const started = performance.now()
    const gpu = gpuOf(before, plan)
    const places = comparePlaces(session, plan, gpu, noteNewPlan)
    const steps = await executeGpu(session, places, gpu, own)
    const durationMs = performance.now() - started
    const waits = steps.some(isWaiting)
    const target = waits ? pendingTarget(gpu) : places.plan.target
    const isDone = steps.every(({ status }) => status === 'done' || status === 'waiting')
    runs.push({ plan, steps, target, waits, stopped: isDone ? null : own.stopped, durationMs })
  }
  return runs
}

/**
 * Runs the steps of one GPU in order, until one fails or something stops the apply; the rest is
 * reported as not started. A step that runs is never cut short: what it did must be known.
 */
async function executeGpu(
  session: DriverSession,
  places: ComparedPlaces,
  before: GpuState,
  control: Control,
): Promise<StepReport[]> {
  const ids = instanceIdsOf(before)
  const reports: StepReport[] = []
  let left = [...places.plan.steps]
  for (let step = left.shift(); step !== undefined; step = left.shift()) {
    if (reports.some(isWaiting)) {
      reports.push({ step, status: 'waiting', durationMs: 0 })
      continue
    }
    if (control.stopped !== null) {
      reports.push({ step, status: 'not-started', durationMs: 0 })
      continue
    }
    const anew = await places.compare(step, ids).catch(toError)
    if (anew !== null && !(anew instanceof Error)) {
      control.tell({ kind: 'replanned', plan: anew, replaces: [step, ...left] })
      left = [...anew.steps]
      continue
    }
    const current = step
    control.tell({ kind: 'step-started', step })
    const run = () =>
      anew === null ? runStep(session, current, ids, control.tell) : Promise.reject(anew)
    reports.push(await executeStep(step, run, control))
  }
  return reports
}

/** What follows makes sense with the new MIG mode only. A mode that is wanted to wait is as wanted. */
function isWaiting({ step, mode }: StepReport): boolean {
  return mode?.pending === true && !(step.kind === 'set-mig-mode' && step.staysPending === true)
}

async function executeStep(
  step: PlanStep,
  run: () => Promise<ModeOutcome | undefined>,
  control: Control,
): Promise<StepReport> {
  const started = performance.now()
  let mode: ModeOutcome | undefined
  try {
    mode = await traceStep(step, false, run)
  } catch (thrown) {
    const error = toError(thrown)
    control.stop(error)
    control.tell({ kind: 'step-failed', step, error })
    return { step, status: 'failed', durationMs: performance.now() - started, error }
  }
  const durationMs = performance.now() - started
  control.tell({ kind: 'step-done', step, durationMs })
  return { step, status: 'done', durationMs, ...(mode === undefined ? {} : { mode }) }
}
