import type { GpuPlan, TargetGpu } from '../../../types/machine/plan.js'
import type { ApplyReport, GpuReport, StepReport } from '../../../types/machine/report.js'
import type { GpuState } from '../../../types/model/state.js'
import { differencesFromTarget } from '../operation/verify.js'
import type { GpuUndo } from './undo.js'

/** What was done to a GPU, and undone. */
export interface EndedGpu {
  readonly gpu: GpuPlan
  /** How it is when all went well: that of the plan, unless the rest waits for a reset. */
  readonly target: TargetGpu
  /** Its mode waits for a reset, and that is not all that was wanted. */
  readonly waits: boolean
  readonly steps: readonly StepReport[]
  readonly durationMs: number
  /** Why it was not to stay so; null when it was. */
  readonly cause: Error | null
  /** Null: nothing was to be undone. */
  readonly undo: GpuUndo | null
}

/**
 * What became of a GPU, by how it was read last. `now` is null where it could not be read: nothing is
 * claimed of it then.
 */
export function outcomeOfGpu(
  { gpu, target, waits, steps, cause, undo }: EndedGpu,
  before: TargetGpu,
  now: GpuState | null,
): GpuReport['outcome'] {
  if (now === null) return 'failed'
  const isTouched = steps.some(({ status }) => status !== 'not-started')
  const isWanted = differencesFromTarget(now, target).length === 0
  const isBefore = differencesFromTarget(now, before).length === 0
  const reached = gpu.steps.length === 0 ? 'unchanged' : 'applied'
  if (cause === null) return !isWanted ? 'failed' : waits ? 'partial' : reached
  if (undo !== null) return !isBefore ? 'failed' : isWanted ? reached : 'undone'
  if (!isTouched && isBefore) return gpu.steps.length === 0 ? 'unchanged' : 'undone'
  // Nobody wants it undone: something failed on a GPU that stands for itself.
  if (isWanted) return reached
  if (isBefore) return 'undone'
  return isTouched ? 'partial' : 'failed'
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
