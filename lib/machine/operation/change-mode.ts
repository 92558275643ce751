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
 * Asks for a MIG mode, and resets the GPU where it stays pending. On a session that skips resets it may
 * stay so.
 *
 * Rejects with `MIG_VERIFY_FAILED` when the driver reports success and the mode has not changed,
 * `MIG_RESET_REQUIRED` when the reset was not done, `MIG_REBOOT_REQUIRED` when this
 * platform does not do it, `MIG_RESET_TIMEOUT` when it did not end; the request is pending then.
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
  // Only who names a way to reset knows better than the driver.
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

/** Else what comes next is refused, and seems to be the fault. */
function claimError({ gpuIndex, enabled }: SetMigModeStep): MigError {
  return new MigError(
    'MIG_VERIFY_FAILED',
    `GPU ${gpuIndex}: the driver reports success for turning MIG mode ${onOff(enabled)}, and the mode is still ${onOff(!enabled)}`,
  )
}

function noReset(cause: NvmlError): MigError {
  return new MigError('MIG_REBOOT_REQUIRED', 'this platform does not reset its GPUs', {
    cause,
    hint: rebootHint,
  })
}

function noEffect(): MigError {
  return new MigError('MIG_RESET_REQUIRED', 'the GPU was reset, and the mode has not changed', {
    hint: 'look whether the reset is one that the driver knows of; the kernel log says more',
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
