import type { GpuPlan, MigPlan } from '../../types/plan.js'
import type { CompletedApply, GpuReport, StepReport } from '../../types/report.js'
import type { GpuInstance, GpuState, MigState } from '../../types/state.js'
import { findGpu } from '../model/state.js'
import { isSamePlace } from '../plan/index.js'

/** What happened to one GPU; `after` is null where the GPU could not be read. */
export function reportGpu(
  plan: GpuPlan,
  steps: readonly StepReport[],
  before: GpuState,
  after: GpuState | null,
): GpuReport {
  const gone = new Set(before.gpuInstances)
  const kept: GpuInstance[] = []
  const created: GpuInstance[] = []
  for (const instance of after?.gpuInstances ?? []) {
    const earlier = before.gpuInstances.find((old) => samePlace(old, instance))
    if (earlier === undefined || wasRemade(steps, earlier)) {
      created.push(instance)
    } else {
      gone.delete(earlier)
      kept.push(instance)
    }
  }
  return {
    gpu: plan.gpu,
    gpuIndex: plan.gpuIndex,
    steps,
    created,
    destroyed: after === null ? [] : [...gone],
    kept,
  }
}

/** A GPU instance has no identity of its own: one that was destroyed and made again looks the same. */
function wasRemade(steps: readonly StepReport[], instance: GpuInstance): boolean {
  return steps.some(
    ({ step, status }) =>
      status !== 'not-started' &&
      status !== 'failed' &&
      step.kind === 'destroy-gpu-instance' &&
      step.placement.start === instance.placement.start,
  )
}

function samePlace(a: GpuInstance, b: GpuInstance): boolean {
  return a.profileId === b.profileId && isSamePlace(a.placement, b.placement)
}

/** The report of an apply that changed nothing: the plan is empty, or it was a dry run. */
export function reportUntouched(
  outcome: 'unchanged' | 'planned',
  plan: MigPlan,
  state: MigState,
  durationMs: number,
): CompletedApply {
  const gpus = plan.gpus.map((gpu) => {
    const steps = gpu.steps.map((step) => ({ step, status: 'not-started', durationMs: 0 }) as const)
    const now = gpuOf(state, gpu)
    return reportGpu(gpu, steps, now, now)
  })
  return { outcome, plan, gpus, before: state, after: state, durationMs }
}

export function gpuOf(state: MigState, plan: GpuPlan): GpuState {
  const gpu = findGpu(state, plan.gpu)
  if (gpu === null) throw new Error(`no ${plan.gpu} in the state that was planned from`)
  return gpu
}
