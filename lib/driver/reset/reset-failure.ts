import type { GpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'

/** Why a GPU was not reset. */
export interface ResetFailure {
  /**
   * `unsupported`: it never will be, on this platform; only a reboot helps. `timed-out`: it may have been,
   * in part or later.
   */
  readonly kind: 'in-use' | 'unsupported' | 'forbidden' | 'timed-out' | 'failed'
  /** In the words of who refused. */
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
 * `MIG_RESET_REQUIRED`, `MIG_REBOOT_REQUIRED` where no reset will ever do, or `MIG_RESET_TIMEOUT` where it
 * did not come to its end.
 */
export function resetError(gpu: GpuState, failure: ResetFailure): MigError {
  const { kind, text, cause } = failure
  const what = kind === 'timed-out' ? 'the reset did not come to its end' : 'the GPU was not reset'
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
      return 'run as root: a GPU cannot be reset otherwise'
    case 'timed-out':
      return 'look into the kernel log (dmesg, NVRM and Xid lines): a GPU that hangs takes a reboot; where resets just take longer, raise resetTimeoutMs'
    case 'failed':
      return `apply with the option skipReset, reset the GPU by hand (nvidia-smi --gpu-reset -i ${pciBusId}), and apply again`
    default:
      return kind satisfies never
  }
}
