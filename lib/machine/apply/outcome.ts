import type { ApplyReport, GpuReport } from '../../../types/machine/report.js'
import type { ApplyOperation } from '../operation/operation.js'
import { differencesFromTarget } from '../operation/verify.js'
import { type GpuProgress, hasSteps, isTouched } from './gpu-progress.js'

/** What became of a GPU, by how it was read last. Nothing is claimed of a GPU that could not be read. */
export function outcomeOfGpu({ settings }: ApplyOperation, gpu: GpuProgress): GpuReport['outcome'] {
  const { now, target, baseline, failure, undo } = gpu
  if (now === null) return 'failed'
  const isWanted = differencesFromTarget(now, target).length === 0
  const isBefore = differencesFromTarget(now, baseline.before).length === 0
  const reached = hasSteps(gpu) ? 'applied' : 'unchanged'
  if (failure === null) {
    if (!isWanted) return 'failed'
    return gpu.waits && !settings.modeOnly ? 'partial' : reached
  }
  if (undo !== null) {
    if (!isBefore) return 'failed'
    return isWanted ? reached : 'undone'
  }
  if (!isTouched(gpu) && isBefore) return hasSteps(gpu) ? 'undone' : 'unchanged'
  // With `atomic` other than `machine`, a GPU may stay where its failed steps left it.
  if (isWanted) return reached
  if (isBefore) return 'undone'
  return isTouched(gpu) ? 'partial' : 'failed'
}

/** `applied` only if every GPU is as wanted. */
export function outcomeOfAll(gpus: readonly GpuReport[]): ApplyReport['outcome'] {
  const has = (outcome: GpuReport['outcome']): boolean =>
    gpus.some((gpu) => gpu.outcome === outcome)
  if (has('failed')) return 'failed'
  if (has('partial') || (has('applied') && has('undone'))) return 'partial'
  if (has('undone')) return 'undone'
  return has('applied') ? 'applied' : 'unchanged'
}
