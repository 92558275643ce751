import type { GpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'

/** Why a GPU was not reset. */
export interface ResetFailure {
  /**
   * `unsupported`: this platform has no reset, so only a reboot helps. `timed-out`: the GPU may be reset in
   * part, or later.
   */
  readonly kind: 'in-use' | 'unsupported' | 'forbidden' | 'timed-out' | 'failed'
  /** The message of the tool, the kernel or the function that refused. */
  readonly text: string
  readonly cause?: unknown
}

const codes = {
  'in-use': 'MIG_RESET_REQUIRED',
  unsupported: 'MIG_REBOOT_REQUIRED',
  forbidden: 'MIG_RESET_REQUIRED',
  'timed-out': 'MIG_RESET_TIMEOUT',
  failed: 'MIG_RESET_REQUIRED',
} as const

/**
 * `MIG_RESET_REQUIRED`; `MIG_REBOOT_REQUIRED` where no reset can work; `MIG_RESET_TIMEOUT` where the reset
 * did not end.
 */
export function resetError(gpu: GpuState, failure: ResetFailure): MigError {
  const { kind, text, cause } = failure
  const what = kind === 'timed-out' ? 'the reset did not end' : 'the GPU was not reset'
  return new MigError(codes[kind], `${what}: ${text}`, { cause, hint: hintFor(gpu, kind) })
}

export const rebootHint =
  'apply with the option skipReset, reboot the machine (a virtual machine from outside), and apply again'

function hintFor({ pciBusId }: GpuState, kind: ResetFailure['kind']): string {
  switch (kind) {
    case 'in-use':
      return 'stop whatever has the GPU open: monitoring (DCGM), the persistence daemon, a display server, other NVML clients'
    case 'unsupported':
      return rebootHint
    case 'forbidden':
      return 'run as root: a reset needs it'
    case 'timed-out':
      return 'check the kernel log (dmesg, NVRM and Xid lines): a GPU that hangs needs a reboot; if resets only take longer, raise resetTimeoutMs'
    case 'failed':
      return `apply with the option skipReset, reset the GPU by hand (nvidia-smi --gpu-reset -i ${pciBusId}), and apply again`
    default:
      return kind satisfies never
  }
}
