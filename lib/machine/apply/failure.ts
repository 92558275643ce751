import type { PlanStep } from '../../../types/machine/plan.js'
import type { ApplyReport } from '../../../types/machine/report.js'
import type { MigCode } from '../../../types/model/errors.js'
import type { GpuHolder } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { isMigError, isNvmlError, MigError } from '../../errors.js'
import { formatStep } from '../../plan/text.js'
import { abortError, isAbort } from '../operation/control.js'
import { describeEnd } from '../operation/describe-end.js'
import { findHolders, formatHolders } from '../operation/find-holders.js'
import { findClaimedDestruction } from './claimed-destruction.js'
import type { GpuRun } from './execute.js'
import { hintFor, unknownHolderHint } from './hints.js'
import type { TransactionSettings } from './settings.js'

/**
 * What an apply rejects with, once its report is known. Who holds a GPU is asked now, before the undo
 * changes it.
 */
export async function failureOf(
  session: DriverSession,
  runs: readonly GpuRun[],
  thrown: Error,
  atomic: TransactionSettings['atomic'],
): Promise<(report: ApplyReport) => MigError> {
  if (isAbort(thrown)) return (report) => abortError(thrown.cause, report, 'the apply', atomic)
  const steps = runs.flatMap((run) => run.steps)
  const failed = steps.find((report) => report.error === thrown)
  const claimed = failed === undefined ? null : await findClaimedDestruction(session, steps, failed)
  const cause = claimed ?? thrown
  const holders =
    failed !== undefined && isHeld(cause, failed.step.kind)
      ? await findHolders(session, failed.step)
      : ((isMigError(cause) ? cause.holders : undefined) ?? [])
  return (report) => {
    const what =
      // Ours name the GPU and what could not be done.
      failed === undefined || isMigError(cause)
        ? cause.message
        : `GPU ${failed.step.gpuIndex}: could not ${formatStep(failed.step)}: ${cause.message}`
    const who = formatHolders(holders)
    return new MigError(
      codeOf(cause, failed?.step.kind),
      `${what}${who}; ${describeEnd(report, atomic)}`,
      {
        report,
        ...(holders.length === 0 ? {} : { holders }),
        // Ours says no more than this one: what lies under it does.
        cause: isMigError(cause) ? cause.cause : cause,
        ...hintOf(cause, failed?.step.kind, holders),
      },
    )
  }
}

function codeOf(cause: Error, step: PlanStep['kind'] | undefined): MigCode {
  if (isMigError(cause)) return cause.code
  return isHeld(cause, step) ? 'MIG_IN_USE' : 'MIG_STEP_FAILED'
}

/** For a new compute instance it means that another one lies there: no process is in the way. */
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
