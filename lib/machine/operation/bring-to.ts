import type { PlanStep, TargetGpu } from '../../../types/machine/plan.js'
import type { GpuState, GpuUuid } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { MigError, toError } from '../../errors.js'
import { planToTarget } from '../../plan/gpu/plan-steps.js'
import { instanceIdsOf, runStep } from './run-step.js'
import { traceStep } from './tracing.js'
import { differencesFromTarget } from './verify.js'

/** A driver that is busy for a moment gets a second attempt; one that refuses twice is believed. */
const attempts = 2

/** How bringing a GPU to a target ended. */
export interface BroughtBack {
  /** Why the GPU is not as the target; null when it is, in everything. */
  readonly failure: Error | null
  /** All steps that were run, refused ones too: a call that failed may have taken effect. */
  readonly steps: readonly PlanStep[]
  /** The GPU as it was read last; null if it could not be read. */
  readonly now: GpuState | null
}

/**
 * Brings one GPU back to a target as far as the driver allows: the other steps go on after a refusal. The steps are
 * planned from the state of the GPU now, not from a list of what was done, because a call that failed may have had half
 * of its effect.
 */
export async function bringTo(
  session: DriverSession,
  gpu: Pick<GpuState, 'uuid' | 'index'>,
  target: TargetGpu,
): Promise<BroughtBack> {
  const steps: PlanStep[] = []
  let failure: Error | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const refusal = await callFor(session, gpu.uuid, target, steps)
      const now = await readGpu(session, gpu.uuid)
      failure = notAsBefore(gpu.index, now, target, refusal)
      if (failure === null) return { failure, steps, now }
    } catch (error) {
      failure = toError(error)
    }
  }
  const now = await readGpu(session, gpu.uuid).catch(() => null)
  const isBack = now !== null && differencesFromTarget(now, target).length === 0
  return { failure: isBack ? null : failure, steps, now }
}

/** The first refusal; null when the driver took every call. */
async function callFor(
  session: DriverSession,
  uuid: GpuUuid,
  target: TargetGpu,
  called: PlanStep[],
): Promise<Error | null> {
  const live = await readGpu(session, uuid)
  const ids = instanceIdsOf(live)
  let refusal: Error | null = null
  for (const step of planToTarget(live, target)) {
    called.push(step)
    try {
      await traceStep(step, true, () => runStep(session, step, ids))
    } catch (error) {
      refusal ??= toError(error)
    }
  }
  return refusal
}

function notAsBefore(
  index: number,
  now: GpuState,
  target: TargetGpu,
  refusal: Error | null,
): MigError | null {
  const left = differencesFromTarget(now, target)
  if (left.length === 0) return null
  return new MigError('MIG_VERIFY_FAILED', `GPU ${index} is not as before: ${left.join('; ')}`, {
    cause: refusal ?? undefined,
  })
}

/** Reads one GPU, whatever has become of the others. */
export async function readGpu(session: DriverSession, uuid: GpuUuid): Promise<GpuState> {
  const gpu = await session.readGpu(uuid)
  if (gpu === null) throw new MigError('MIG_VERIFY_FAILED', `${uuid} cannot be read any more`)
  return gpu
}
