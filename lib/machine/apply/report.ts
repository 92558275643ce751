import type { PlanStep } from '../../../types/machine/plan.js'
import type {
  CallCounts,
  CompletedApply,
  GpuReport,
  StepReport,
} from '../../../types/machine/report.js'
import type { GpuInstance, GpuState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { isMigError, isNvmlError } from '../../errors.js'
import { isSameInstance, isSamePlace } from '../../model/placement.js'
import { gpuOf } from '../../model/state.js'
import type { Operation, PlannedMachine } from '../operation/operation.js'
import type { GpuProgress } from './gpu-progress.js'
import { compareDevices } from './report-devices.js'

const noCalls: CallCounts = { total: 0, changing: 0 }

/** What the report of one GPU is made from. */
type EndedGpu = Pick<
  GpuProgress,
  'plan' | 'before' | 'steps' | 'undo' | 'now' | 'outcome' | 'durationMs'
>

/** What happened to one GPU. */
export function reportGpu(
  { session }: Operation,
  { plan, before, steps, undo, now: after, outcome, durationMs }: EndedGpu,
): GpuReport {
  const undoCalls = undo?.calls ?? []
  const gone = new Set(before.gpuInstances)
  const kept: GpuInstance[] = []
  const created: GpuInstance[] = []
  for (const instance of after?.gpuInstances ?? []) {
    const earlier = before.gpuInstances.find((old) => isSameInstance(old, instance))
    if (earlier === undefined || wasRemade(steps, undoCalls, earlier)) {
      created.push(instance)
    } else {
      gone.delete(earlier)
      kept.push(instance)
    }
  }
  return {
    gpu: plan.gpu,
    gpuIndex: plan.gpuIndex,
    outcome,
    steps,
    ...reportMode(steps, before, after),
    created,
    destroyed: after === null ? [] : [...gone],
    kept,
    devices: compareDevices(steps, undoCalls, before, after),
    calls: session.callCounts().gpus[plan.gpu] ?? noCalls,
    durationMs,
  }
}

/**
 * A GPU instance has no identity of its own: one that was destroyed and created again looks the same. An instance that
 * an undo created had been destroyed, by a step that failed but took effect, or by another writer.
 */
function wasRemade(
  steps: readonly StepReport[],
  undoCalls: readonly PlanStep[],
  { placement }: GpuInstance,
): boolean {
  return (
    steps.some(
      ({ step, status }) =>
        status !== 'not-started' &&
        status !== 'failed' &&
        step.kind === 'destroy-gpu-instance' &&
        step.placement.start === placement.start,
    ) ||
    undoCalls.some(
      (step) => step.kind === 'create-gpu-instance' && isSamePlace(step.placement, placement),
    )
  )
}

type ModeReport = Pick<GpuReport, 'modeStatus' | 'activation' | 'resetRequired' | 'rebootRequired'>

/** What became of a GPU's MIG mode; `after` is null if the GPU could not be read. */
function reportMode(
  steps: readonly StepReport[],
  before: GpuState,
  after: GpuState | null,
): ModeReport {
  const request = steps.find(({ step }) => step.kind === 'set-mig-mode')
  const refusal = isMigError(request?.error) ? request.error : undefined
  const activation =
    request?.mode?.activation ?? (isNvmlError(refusal?.cause) ? refusal.cause.code : null)
  const modeStatus = statusOf(request, before, after)
  const rebootRequired =
    refusal?.code === 'MIG_REBOOT_REQUIRED' ||
    (modeStatus === 'pending' && activation === 'NVML_ERROR_NOT_SUPPORTED')
  const lacksReset = refusal?.code === 'MIG_RESET_REQUIRED' || refusal?.code === 'MIG_RESET_TIMEOUT'
  return {
    modeStatus,
    activation,
    resetRequired: !rebootRequired && (modeStatus === 'pending' || lacksReset),
    rebootRequired,
  }
}

function statusOf(
  request: StepReport | undefined,
  before: GpuState,
  after: GpuState | null,
): ModeReport['modeStatus'] {
  const mode = after?.mig
  if (mode != null && mode.pending !== mode.enabled) return 'pending'
  if (request?.status === 'failed') return 'refused'
  if (mode != null) return mode.enabled === before.mig?.enabled ? 'unchanged' : 'changed'
  return request?.status === 'done' ? 'changed' : 'unchanged'
}

/** The report of an apply that changed nothing: the plan is empty, or it was a dry run. */
export function reportUntouched(
  operation: Operation,
  { state, plan }: PlannedMachine,
  outcome: 'unchanged' | 'planned',
  started: number,
): CompletedApply {
  const gpus = plan.gpus.map((gpu) => {
    const now = gpuOf(state, gpu)
    return reportGpu(operation, {
      plan: gpu,
      before: now,
      now,
      steps: gpu.steps.map((step) => ({ step, status: 'not-started', durationMs: 0 })),
      undo: null,
      outcome: gpu.steps.length === 0 ? 'unchanged' : outcome,
      durationMs: 0,
    })
  })
  return {
    outcome,
    plan,
    gpus,
    before: state,
    after: state,
    recovered: [],
    calls: callsOf(operation.session),
    durationMs: performance.now() - started,
  }
}

export function callsOf(session: DriverSession): CallCounts {
  const { total, changing } = session.callCounts()
  return { total, changing }
}
