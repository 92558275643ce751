import type { ListedMigState } from '../../../types/model/state.js'
import { MigError, toError } from '../../errors.js'
import { findGpu } from '../../model/state.js'
import type { ApplyOperation } from '../operation/operation.js'
import { differencesFromTarget } from '../operation/verify.js'
import { type GpuProgress, hasSteps } from './gpu-progress.js'

/**
 * Reads the machine after the last step and notes the failure of each GPU, of those without steps too: another writer
 * may have changed them meanwhile. Where GPUs stand or fall together, the first failure is that of all, and after a
 * failed step nothing needs to be read. Returns what was read; null where nothing was, or the machine cannot be read.
 */
export async function checkGpus(
  operation: ApplyOperation,
  gpus: readonly GpuProgress[],
): Promise<ListedMigState | null> {
  const { control, settings } = operation
  const together = settings.atomic === 'machine'
  if (together && control.stopped !== null) {
    for (const gpu of gpus) gpu.failure = control.stopped
    return null
  }
  const after = await read(operation, gpus)
  for (const gpu of gpus) gpu.failure = gpu.stopped ?? notAsPlanned(gpu, after)
  const failed = gpus.find(({ failure }) => failure !== null)
  if (together && failed !== undefined) for (const gpu of gpus) gpu.failure = failed.failure
  return after instanceof Error ? null : after
}

/** With `atomic: 'none'` a GPU that cannot be read is only reported, so it gets a second chance. */
async function read(
  { session, settings: { atomic } }: ApplyOperation,
  gpus: readonly GpuProgress[],
): Promise<ListedMigState | Error> {
  const first = await session.readListedState().catch(toError)
  const isWhole =
    !(first instanceof Error) && gpus.every(({ plan }) => findGpu(first, plan.gpu) !== null)
  if (isWhole || atomic !== 'none') return first
  const second = await session.readListedState().catch(toError)
  return second instanceof Error ? first : second
}

function notAsPlanned(gpu: GpuProgress, after: ListedMigState | Error): Error | null {
  if (after instanceof Error) return unreadable(after)
  const live = findGpu(after, gpu.plan.gpu)
  const [difference] =
    live === null ? ['it cannot be read any more'] : differencesFromTarget(live, gpu.target)
  if (difference === undefined) return null
  const since = hasSteps(gpu)
    ? 'after the last step'
    : 'any more, though this apply did not change it'
  return new MigError(
    'MIG_VERIFY_FAILED',
    `GPU ${gpu.plan.gpuIndex} is not as planned ${since}: ${difference}`,
  )
}

function unreadable(cause: Error): MigError {
  return new MigError(
    'MIG_VERIFY_FAILED',
    `the machine could not be read after the last step: ${cause.message}`,
    { cause },
  )
}
