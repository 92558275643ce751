import type { GpuPlan, TargetGpu } from '../../../types/plan.js'
import type { ApplyReport, GpuReport, StepReport } from '../../../types/report.js'
import type { GpuState } from '../../../types/state.js'
import type { GpuEnd } from '../report/report.js'
import { differencesFromTarget } from '../steps/verify.js'

/** What became of a GPU. `left`: something failed, and nobody wants it undone. */
export interface EndedGpu {
  readonly gpu: GpuPlan
  readonly steps: readonly StepReport[]
  readonly durationMs: number
  readonly end: 'as-planned' | 'untouched' | 'undone' | 'not-undone' | 'left'
}

/** The same in the words of a report, which for a GPU that was left depend on how it is now. */
export function settleGpu(
  gpu: GpuPlan,
  all: readonly EndedGpu[],
  before: TargetGpu,
  now: GpuState | null,
): GpuEnd {
  const ended = all.find((each) => each.gpu === gpu)
  if (ended === undefined) throw new Error(`GPU ${gpu.gpuIndex} is not in the plan`)
  const { steps, durationMs, end } = ended
  return { outcome: outcomeOf(gpu, end, before, now), steps, durationMs }
}

function outcomeOf(
  gpu: GpuPlan,
  end: EndedGpu['end'],
  before: TargetGpu,
  now: GpuState | null,
): GpuReport['outcome'] {
  switch (end) {
    case 'as-planned':
      return gpu.steps.length === 0 ? 'unchanged' : 'applied'
    case 'untouched':
      return gpu.steps.length === 0 ? 'unchanged' : 'undone'
    case 'undone':
      return 'undone'
    case 'not-undone':
      return 'failed'
    case 'left':
      if (now === null) return 'failed'
      if (differencesFromTarget(now, gpu.target).length === 0) return 'applied'
      return differencesFromTarget(now, before).length === 0 ? 'undone' : 'partial'
    default:
      return end satisfies never
  }
}

/** `applied` only where every GPU is as wanted; the failure of one makes it something else. */
export function outcomeOfAll(gpus: readonly GpuReport[]): ApplyReport['outcome'] {
  const has = (outcome: GpuReport['outcome']): boolean =>
    gpus.some((gpu) => gpu.outcome === outcome)
  if (has('failed')) return 'failed'
  if (has('partial') || (has('applied') && has('undone'))) return 'partial'
  if (has('undone')) return 'undone'
  return has('applied') ? 'applied' : 'unchanged'
}
