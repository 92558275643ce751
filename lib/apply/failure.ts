import type { MigCode } from '../../types/errors.js'
import type { PlanStep } from '../../types/plan.js'
import type { ApplyReport, StepReport } from '../../types/report.js'
import type { GpuProcess } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { isMigError, isNvmlError, MigError } from '../errors.js'
import { describeProcess } from '../model/process-text.js'
import { formatStep } from '../plan/index.js'
import { abortError, describeEnd, isAbort } from './control.js'
import { hintFor } from './hints.js'

/**
 * What an apply rejects with, once its report is known. Who holds a GPU is asked now, before the undo
 * changes it.
 */
export async function failureOf(
  session: DriverSession,
  steps: readonly StepReport[],
  cause: Error,
): Promise<(report: ApplyReport) => MigError> {
  if (isAbort(cause)) return (report) => abortError(cause.cause, report)
  const failed = steps.find((report) => report.error === cause)
  const holders =
    failed !== undefined && isNvmlError(cause) && cause.code === 'NVML_ERROR_IN_USE'
      ? await session.readProcesses(failed.step.gpu).catch(() => [])
      : []
  return (report) => {
    const what =
      failed === undefined
        ? cause.message
        : `GPU ${failed.step.gpuIndex}: could not ${formatStep(failed.step)}: ${cause.message}`
    const who = holders.length === 0 ? '' : `; in use by ${holders.map(describeHolder).join(', ')}`
    return new MigError(codeOf(cause), `${what}${who}; ${describeEnd(report)}`, {
      report,
      // Ours says no more than this one: what lies under it does.
      cause: isMigError(cause) ? cause.cause : cause,
      ...hintOf(cause, failed?.step.kind),
    })
  }
}

function codeOf(cause: Error): MigCode {
  if (isMigError(cause)) return cause.code
  if (isNvmlError(cause) && cause.code === 'NVML_ERROR_IN_USE') return 'MIG_IN_USE'
  return 'MIG_STEP_FAILED'
}

function hintOf(cause: Error, step: PlanStep['kind'] | undefined): { hint?: string } {
  const hint = isMigError(cause) ? cause.hint : hintFor(cause, step)
  return hint === undefined ? {} : { hint }
}

/** `python3 (pid 4711) in GPU instance 3` */
function describeHolder(process: GpuProcess): string {
  const who = describeProcess(process)
  return process.gpuInstanceId === null ? who : `${who} in GPU instance ${process.gpuInstanceId}`
}
