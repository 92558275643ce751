import type { PlanStep } from '../../../types/machine/plan.js'
import type { ApplyReport, StepReport } from '../../../types/machine/report.js'
import type { MigCode } from '../../../types/model/errors.js'
import type { GpuHolder } from '../../../types/model/state.js'
import { rebootHint } from '../../driver/reset/reset-failure.js'
import type { DriverSession } from '../../driver/session.js'
import { isMigError, isNvmlError, MigError } from '../../errors.js'
import { formatStep } from '../../plan/text.js'
import { abortedApply, isAbort } from '../operation/control.js'
import { describeEnd } from '../operation/describe-end.js'
import { findHolders, formatHolders } from '../operation/find-holders.js'
import type { ApplyOperation } from '../operation/operation.js'
import type { GpuProgress } from './gpu-progress.js'
import { hintFor, unknownHolderHint } from './hints.js'

/**
 * What an apply rejects with, once its report is known. To be called before an undo changes what processes hold.
 */
export async function failureOf(
  { session, settings: { atomic } }: ApplyOperation,
  gpus: readonly GpuProgress[],
  thrown: Error,
): Promise<(report: ApplyReport) => MigError> {
  if (isAbort(thrown)) return (report) => abortedApply(thrown.cause, report, atomic)
  const steps = gpus.flatMap((gpu) => gpu.steps)
  const failed = steps.find((report) => report.error === thrown)
  const claimed = failed === undefined ? null : await findClaimedDestruction(session, steps, failed)
  const cause = claimed ?? thrown
  const holders =
    failed !== undefined && isHeld(cause, failed.step.kind)
      ? await findHolders(session, failed.step)
      : ((isMigError(cause) ? cause.holders : undefined) ?? [])
  return (report) => {
    const what =
      // A MigError names the GPU and what could not be done.
      failed === undefined || isMigError(cause)
        ? cause.message
        : `GPU ${failed.step.gpuIndex}: could not ${formatStep(failed.step)}: ${cause.message}`
    return new MigError(
      codeOf(cause, failed?.step.kind),
      `${what}${formatHolders(holders)}; ${describeEnd(report, atomic)}`,
      {
        report,
        ...(holders.length === 0 ? {} : { holders }),
        // A MigError adds nothing to this message, so chain its cause instead.
        cause: isMigError(cause) ? cause.cause : cause,
        ...hintOf(cause, failed?.step.kind, holders),
      },
    )
  }
}

/**
 * Why an apply fails that skips resets and wants more than MIG modes: its instances are not there. Null where no GPU
 * waits for a reset.
 */
export function waitingError(gpus: readonly GpuProgress[]): MigError | null {
  const waiting = gpus.filter(({ waits }) => waits)
  if (waiting.length === 0) return null
  const which = waiting.map(({ plan }) => plan.gpuIndex).sort((a, b) => a - b)
  // The driver's code where the platform does not reset GPUs.
  const takesReboot = waiting.some(({ steps }) =>
    steps.some(({ mode }) => mode?.activation === 'NVML_ERROR_NOT_SUPPORTED'),
  )
  return new MigError(
    takesReboot ? 'MIG_REBOOT_REQUIRED' : 'MIG_RESET_REQUIRED',
    `the MIG mode of GPU ${which.join(', ')} is pending a reset, which was skipped`,
    {
      hint: takesReboot
        ? rebootHint
        : 'reset the GPU and apply again; with the option modeOnly, a pending mode is enough',
    },
  )
}

/**
 * The cause behind a GPU instance that is in use: the driver reported that a compute instance in it was destroyed, and
 * it is still there. Null: that is not the cause, or it cannot be seen.
 */
async function findClaimedDestruction(
  session: Pick<DriverSession, 'readGpu'>,
  steps: readonly StepReport[],
  { step, error }: StepReport,
): Promise<MigError | null> {
  if (step.kind !== 'destroy-gpu-instance' || !isNvmlError(error)) return null
  if (error.code !== 'NVML_ERROR_IN_USE') return null
  const gpu = await session.readGpu(step.gpu).catch(() => null)
  const instance = gpu?.gpuInstances.find(({ id }) => id === step.gpuInstanceId)
  for (const done of steps) {
    if (done.step.kind !== 'destroy-compute-instance' || done.status !== 'done') continue
    const { gpu: doneOn, gpuInstanceId, computeInstanceId: id } = done.step
    if (doneOn !== step.gpu || gpuInstanceId !== step.gpuInstanceId) continue
    if (instance?.computeInstances.some((each) => each.id === id) !== true) continue
    return new MigError(
      'MIG_VERIFY_FAILED',
      `GPU ${step.gpuIndex}: the driver reports success for destroying compute instance ${id} of GPU instance ${gpuInstanceId}, and one with that id is still there`,
      { cause: error },
    )
  }
  return null
}

function codeOf(cause: Error, step: PlanStep['kind'] | undefined): MigCode {
  if (isMigError(cause)) return cause.code
  return isHeld(cause, step) ? 'MIG_IN_USE' : 'MIG_STEP_FAILED'
}

/** For a new compute instance, the code means that another one occupies the placement; no process is in the way. */
function isHeld(cause: Error, step: PlanStep['kind'] | undefined): boolean {
  const isInUse = isNvmlError(cause) && cause.code === 'NVML_ERROR_IN_USE'
  return isInUse && step !== 'create-compute-instance'
}

function hintOf(
  cause: Error,
  step: PlanStep['kind'] | undefined,
  holders: readonly GpuHolder[],
): { hint?: string } {
  const isHeldUnseen = codeOf(cause, step) === 'MIG_IN_USE' && holders.length === 0
  const known = isMigError(cause) ? cause.hint : hintFor(cause, step)
  const hint = known ?? (isHeldUnseen ? unknownHolderHint : undefined)
  return hint === undefined ? {} : { hint }
}
