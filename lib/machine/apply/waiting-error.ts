import { rebootHint } from '../../driver/reset/reset-failure.js'
import { MigError } from '../../errors.js'
import type { GpuRun } from './execute.js'

/**
 * What an apply fails with that left a reset to somebody else, and wants more than the mode: its instances
 * are not there. Null where no GPU waits.
 */
export function waitingError(runs: readonly GpuRun[]): MigError | null {
  const waiting = runs.filter(({ waits }) => waits)
  if (waiting.length === 0) return null
  const which = waiting.map(({ plan }) => plan.gpuIndex).sort((a, b) => a - b)
  // The driver reports it where the platform resets no GPU.
  const takesReboot = waiting.some(({ steps }) =>
    steps.some(({ mode }) => mode?.activation === 'NVML_ERROR_NOT_SUPPORTED'),
  )
  return new MigError(
    takesReboot ? 'MIG_REBOOT_REQUIRED' : 'MIG_RESET_REQUIRED',
    `the MIG mode of GPU ${which.join(', ')} waits for a reset, which was left out`,
    {
      hint: takesReboot
        ? rebootHint
        : 'reset it and apply the same again; with the option modeOnly a mode that waits is enough',
    },
  )
}
