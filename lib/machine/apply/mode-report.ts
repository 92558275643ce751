import type { GpuReport, StepReport } from '../../../types/machine/report.js'
import type { GpuState } from '../../../types/model/state.js'
import { isMigError, isNvmlError } from '../../errors.js'

type ModeReport = Pick<GpuReport, 'modeStatus' | 'activation' | 'resetRequired' | 'rebootRequired'>

/** What became of a GPU's MIG mode; `after` is null where the GPU could not be read. */
export function reportMode(
  steps: readonly StepReport[],
  before: GpuState,
  after: GpuState | null,
): ModeReport {
  const request = steps.find(({ step }) => step.kind === 'set-mig-mode')
  const refusal = isMigError(request?.error) ? request.error : undefined
  const activation =
    request?.mode?.activation ?? (isNvmlError(refusal?.cause) ? refusal.cause.code : null)
  const modeStatus = statusOf(request, before, after)
  const rebootRequired =
    refusal?.code === 'MIG_REBOOT_REQUIRED' ||
    (modeStatus === 'pending' && activation === 'NVML_ERROR_NOT_SUPPORTED')
  const lacksReset = refusal?.code === 'MIG_RESET_REQUIRED' || refusal?.code === 'MIG_RESET_TIMEOUT'
  return {
    modeStatus,
    activation,
    resetRequired: !rebootRequired && (modeStatus === 'pending' || lacksReset),
    rebootRequired,
  }
}

function statusOf(
  request: StepReport | undefined,
  before: GpuState,
  after: GpuState | null,
): ModeReport['modeStatus'] {
  const mode = after?.mig
  if (mode != null && mode.pending !== mode.enabled) return 'pending'
  if (request?.status === 'failed') return 'refused'
  if (mode != null) return mode.enabled === before.mig?.enabled ? 'unchanged' : 'changed'
  return request?.status === 'done' ? 'changed' : 'unchanged'
}
