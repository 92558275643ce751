import type { GpuState } from '../../../types/state.js'
import { MigError } from '../../errors.js'

/** Why a GPU was not reset. */
export interface ResetFailure {
  /** `unsupported`: it never will be, on this platform; only a reboot helps. */
  readonly kind: 'in-use' | 'unsupported' | 'forbidden' | 'failed'
  /** In the words of who refused. */
  readonly text: string
  readonly cause?: unknown
}

/** `MIG_RESET_REQUIRED`, or `MIG_REBOOT_REQUIRED` where no reset will ever do. */
export function resetError(gpu: GpuState, failure: ResetFailure): MigError {
  const { kind, text, cause } = failure
  const code = kind === 'unsupported' ? 'MIG_REBOOT_REQUIRED' : 'MIG_RESET_REQUIRED'
  return new MigError(code, `the GPU was not reset: ${text}`, { cause, hint: hintFor(gpu, kind) })
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
    case 'failed':
      return `apply with the option skipReset, reset the GPU by hand (nvidia-smi --gpu-reset -i ${pciBusId}), and apply again`
    default:
      return kind satisfies never
  }
}
