import type { NvmlErrorDetails } from '../../../types/model/errors.js'
import { MigError, NvmlError } from '../../errors.js'

/** An NVML function did not answer success, or counted more than there can be. */
export interface NvmlFailure {
  readonly ok: false
  readonly ret: number
  readonly fn: string
  readonly excess?: Excess
}

/** A count that cannot be. Nothing was read or allocated for it. */
export interface Excess {
  /** What was counted: `GPUs`. */
  readonly what: string
  readonly counted: number
  /** As many as there can be. */
  readonly most: number
}

/** There is no NVML to ask. */
export interface LibraryFailure {
  readonly ok: false
  readonly problem: string
}

/** A system call failed. */
export interface SystemFailure {
  readonly ok: false
  readonly errno: number
  readonly call: string
}

export interface Success<T> {
  readonly ok: true
  readonly value: T
}

export type Outcome<T> = Success<T> | NvmlFailure

/** Which object a call was about. */
export type CallSubject = Pick<NvmlErrorDetails, 'gpu' | 'gpuInstance' | 'computeInstance'>

/** The value, or the failure as an error: thrown here, so that its stack is the caller's. */
export function unwrap<T>(outcome: Outcome<T>, subject: CallSubject = {}): T {
  if (outcome.ok) return outcome.value
  throw failureError(outcome, subject)
}

/** `MIG_DRIVER_INVALID` for a count that cannot be, else an `NvmlError`. */
export function failureError(
  { ret, fn, excess }: NvmlFailure,
  subject: CallSubject = {},
  message?: string,
): MigError | NvmlError {
  if (excess === undefined) return new NvmlError({ ret, fn, ...subject }, message)
  return new MigError('MIG_DRIVER_INVALID', describeExcess(fn, excess, subject), {
    hint: 'a real driver never answers so: check that MIG_NVML_LIBRARY and the option library name the library of the NVIDIA driver',
  })
}

function describeExcess(fn: string, { what, counted, most }: Excess, { gpu }: CallSubject): string {
  const where = gpu === undefined ? '' : ` on ${gpu}`
  return `${fn}${where} counts ${counted.toLocaleString('en')} ${what}, and there can be at most ${most.toLocaleString('en')}`
}
