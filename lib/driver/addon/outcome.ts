import type { NvmlErrorDetails } from '../../../types/model/errors.js'
import { MigError, NvmlError } from '../../errors.js'

/** An NVML function did not answer success, or gave an impossible count. */
export interface NvmlFailure {
  readonly ok: false
  readonly ret: number
  readonly fn: string
  readonly excess?: Excess
}

/** An impossible count. Nothing was read or allocated for it. */
export interface Excess {
  /** What was counted: `GPUs`. */
  readonly what: string
  readonly counted: number
  /** The highest possible count. */
  readonly most: number
}

/** There is no usable NVML library. */
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

/** The object that a call was on. */
export type CallSubject = Pick<NvmlErrorDetails, 'gpu' | 'gpuInstance' | 'computeInstance'>

/** Returns the value. Throws the failure as an error here, so that its stack is that of the caller. */
export function unwrap<T>(outcome: Outcome<T>, subject: CallSubject = {}): T {
  if (outcome.ok) return outcome.value
  throw failureError(outcome, subject)
}

/** `MIG_DRIVER_INVALID` for an impossible count, otherwise an `NvmlError`. */
export function failureError(
  { ret, fn, excess }: NvmlFailure,
  subject: CallSubject = {},
  message?: string,
): MigError | NvmlError {
  if (excess === undefined) return new NvmlError({ ret, fn, ...subject }, message)
  return new MigError('MIG_DRIVER_INVALID', describeExcess(fn, excess, subject), {
    hint: 'a real driver never gives such a count: check that MIG_NVML_LIBRARY and the option library name the library of the NVIDIA driver',
  })
}

function describeExcess(fn: string, { what, counted, most }: Excess, { gpu }: CallSubject): string {
  const where = gpu === undefined ? '' : ` on ${gpu}`
  return `${fn}${where} reports ${counted.toLocaleString('en')} ${what}, and there can be at most ${most.toLocaleString('en')}`
}
