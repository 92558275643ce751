import type { MigCode } from '../../types/errors.js'
import type { ApplyReport, StepReport } from '../../types/report.js'
import type { GpuProcess } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { isMigError, isNvmlError, MigError } from '../errors.js'
import { describeProcess } from '../model/process-text.js'
import { formatStep } from '../plan/index.js'
import { abortError, isAbort } from './control.js'

const hints: Readonly<Record<string, string>> = {
  NVML_ERROR_NO_PERMISSION:
    'run as root, or give the process access to the MIG config capability of the NVIDIA driver',
  NVML_ERROR_GPU_IS_LOST: 'the GPU fell off the bus: it needs a reset or a reboot',
  NVML_ERROR_NOT_SUPPORTED: 'this driver or platform does not let MIG be changed here',
}

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
    const end =
      report.outcome === 'undone' ? 'the machine is as before' : 'not everything could be undone'
    return new MigError(codeOf(cause), `${what}${who}; ${end}`, {
      report,
      // Ours says no more than this one: what lies under it does.
      cause: isMigError(cause) ? cause.cause : cause,
      ...hintOf(cause),
    })
  }
}

function codeOf(cause: Error): MigCode {
  if (isMigError(cause)) return cause.code
  if (isNvmlError(cause) && cause.code === 'NVML_ERROR_IN_USE') return 'MIG_IN_USE'
  return 'MIG_STEP_FAILED'
}

function hintOf(cause: Error): { hint?: string } {
  const hint = isMigError(cause) ? cause.hint : isNvmlError(cause) ? hints[cause.code] : undefined
  return hint === undefined ? {} : { hint }
}

/** `python3 (pid 4711) in GPU instance 3` */
function describeHolder(process: GpuProcess): string {
  const who = describeProcess(process)
  return process.gpuInstanceId === null ? who : `${who} in GPU instance ${process.gpuInstanceId}`
}
