import type { SetMigModeStep } from '../../../types/machine/plan.js'
import type { ModeOutcome } from '../../../types/machine/report.js'
import type { GpuHolder } from '../../../types/model/state.js'
import { rebootHint } from '../../driver/reset/reset-failure.js'
import type { DriverSession } from '../../driver/session.js'
import { isMigError, MigError, NvmlError } from '../../errors.js'
import { onOff } from '../../model/mode-text.js'
import { nvmlReturn } from '../../nvml-codes.js'
import type { Control } from './control.js'
import { findHolders } from './find-holders.js'

/**
 * Sets a MIG mode, and resets the GPU if the mode is pending. A session that skips resets leaves it pending.
 *
 * Rejects with `MIG_VERIFY_FAILED` if the driver reports success but the mode has not changed. With the mode pending,
 * rejects with `MIG_RESET_REQUIRED` if the reset was not done, with `MIG_REBOOT_REQUIRED` if this platform resets no GPU,
 * and with `MIG_RESET_TIMEOUT` if the reset did not end.
 */
export async function changeMode(
  session: DriverSession,
  step: SetMigModeStep,
  emit: Control['emit'] = () => {},
): Promise<ModeOutcome> {
  const { gpu, gpuIndex, enabled } = step
  const { activation } = await session.setMigMode(gpu, enabled)
  if (activation === 0) {
    const mode = await session.readMigMode(gpu)
    if (mode.enabled !== enabled) throw claimError(step)
    return { activation: 'NVML_SUCCESS', pending: false, reset: false }
  }
  const waiting = new NvmlError({ ret: activation, fn: 'nvmlDeviceSetMigMode', gpu })
  if (session.skipReset || step.staysPending === true)
    return { activation: waiting.code, pending: true, reset: false }
  // The driver is believed, unless the caller has chosen how to reset.
  if (activation === nvmlReturn.notSupported && session.resetMethod === undefined)
    throw pendingError(step, waiting, noReset(waiting))
  emit({ kind: 'reset-started', gpu, gpuIndex })
  try {
    await session.resetGpu(gpu)
  } catch (thrown) {
    if (!isMigError(thrown)) throw thrown
    throw pendingError(step, waiting, thrown, await findHolders(session, step))
  }
  const mode = await session.readMigMode(gpu)
  if (mode.enabled !== enabled) throw pendingError(step, waiting, noEffect())
  emit({ kind: 'reset-done', gpu, gpuIndex })
  return { activation: waiting.code, pending: false, reset: true }
}

/** Without this error, the next step would be refused and would look like the cause. */
function claimError({ gpuIndex, enabled }: SetMigModeStep): MigError {
  return new MigError(
    'MIG_VERIFY_FAILED',
    `GPU ${gpuIndex}: the driver reports success for turning MIG mode ${onOff(enabled)}, but the mode is still ${onOff(!enabled)}`,
  )
}

function noReset(cause: NvmlError): MigError {
  return new MigError('MIG_REBOOT_REQUIRED', 'this platform does not reset its GPUs', {
    cause,
    hint: rebootHint,
  })
}

function noEffect(): MigError {
  return new MigError('MIG_RESET_REQUIRED', 'the GPU was reset, but the mode has not changed', {
    hint: 'check that the driver takes part in this kind of reset; the kernel log says more',
  })
}

function pendingError(
  { gpuIndex, enabled }: SetMigModeStep,
  waiting: NvmlError,
  { code, message, hint }: MigError,
  holders: readonly GpuHolder[] = [],
): MigError {
  return new MigError(
    code,
    `GPU ${gpuIndex}: MIG mode cannot be turned ${onOff(enabled)} without a reset of the GPU (${waiting.code}): ${message}`,
    {
      cause: waiting,
      ...(hint === undefined ? {} : { hint }),
      ...(holders.length === 0 ? {} : { holders }),
    },
  )
}
