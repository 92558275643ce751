import type { TargetGpu } from '../../../types/plan.js'
import type { GpuState, GpuUuid } from '../../../types/state.js'
import type { DriverSession } from '../../driver/session.js'
import { MigError, toError } from '../../errors.js'
import { planToTarget } from '../../plan/index.js'
import { traceStep } from '../tracing.js'
import { instanceIdsOf, runStep } from './run-step.js'
import { differencesFromTarget } from './verify.js'

/** A driver that is busy for a moment gets a second chance; one that refuses twice is believed. */
const attempts = 2

/**
 * Brings one GPU back to a target, as far as the driver lets it: what is refused does not keep the
 * rest from coming back. What must be done is found from how the GPU is now, not from a list of what
 * was done: a call that failed may have had half of its effect. Null when the GPU is all of it.
 */
export async function bringTo(
  session: DriverSession,
  gpu: Pick<GpuState, 'uuid' | 'index'>,
  target: TargetGpu,
): Promise<Error | null> {
  let failure: Error | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    failure = await tryToBring(session, gpu, target).catch(toError)
    if (failure === null) break
  }
  return failure
}

async function tryToBring(
  session: DriverSession,
  { uuid, index }: Pick<GpuState, 'uuid' | 'index'>,
  target: TargetGpu,
): Promise<Error | null> {
  const live = await readGpu(session, uuid)
  const ids = instanceIdsOf(live)
  let refusal: Error | null = null
  for (const step of planToTarget(live, target)) {
    try {
      await traceStep(step, true, () => runStep(session, step, ids))
    } catch (error) {
      refusal ??= toError(error)
    }
  }
  const left = differencesFromTarget(await readGpu(session, uuid), target)
  if (left.length === 0) return null
  return new MigError('MIG_VERIFY_FAILED', `GPU ${index} is not as before: ${left.join('; ')}`, {
    cause: refusal ?? undefined,
  })
}

/** Whatever has become of the other GPUs of the machine. */
export async function readGpu(session: DriverSession, uuid: GpuUuid): Promise<GpuState> {
  const gpu = await session.readGpu(uuid)
  if (gpu === null) throw new MigError('MIG_VERIFY_FAILED', `${uuid} cannot be read any more`)
  return gpu
}
