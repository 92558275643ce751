import type { GpuPlan, MigPlan, PlanStep } from '../../../types/machine/plan.js'
import type {
  CallCounts,
  CompletedApply,
  GpuReport,
  StepReport,
} from '../../../types/machine/report.js'
import type { GpuInstance, GpuState, ListedMigState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { isSameInstance, isSamePlace } from '../../model/placement.js'
import { gpuOf } from '../../model/state.js'
import { reportMode } from './mode-report.js'
import { compareDevices } from './report-devices.js'

const noCalls: CallCounts = { total: 0, changing: 0 }

/** What else there is to say of a GPU than how it was and is. */
export interface GpuEnd extends Pick<GpuReport, 'outcome' | 'steps' | 'durationMs'> {
  /** What an undo called for. */
  readonly undoCalls: readonly PlanStep[]
}

/** What happened to one GPU; `after` is null where the GPU could not be read. */
export function reportGpu(
  plan: GpuPlan,
  { outcome, steps, undoCalls, durationMs }: GpuEnd,
  before: GpuState,
  after: GpuState | null,
  session: DriverSession,
): GpuReport {
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
 * A GPU instance has no identity of its own: one that was destroyed and made again looks the same. What
 * an undo made, somebody had destroyed: a step that failed and had its effect, or another writer.
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

/** The report of an apply that changed nothing: the plan is empty, or it was a dry run. */
export function reportUntouched(
  outcome: 'unchanged' | 'planned',
  plan: MigPlan,
  state: ListedMigState,
  session: DriverSession,
  durationMs: number,
): CompletedApply {
  const gpus = plan.gpus.map((gpu) => {
    const steps = gpu.steps.map((step) => ({ step, status: 'not-started', durationMs: 0 }) as const)
    const now = gpuOf(state, gpu)
    const end = {
      outcome: steps.length === 0 ? 'unchanged' : outcome,
      steps,
      undoCalls: [],
      durationMs: 0,
    } as const
    return reportGpu(gpu, end, now, now, session)
  })
  const calls = callsOf(session)
  return { outcome, plan, gpus, before: state, after: state, recovered: [], calls, durationMs }
}

export function callsOf(session: DriverSession): CallCounts {
  const { total, changing } = session.callCounts()
  return { total, changing }
}
