import type { NvmlErrorDetails } from '../../types/errors.js'
import { NvmlError } from '../errors.js'
import type { Outcome } from './addon.js'

/** Which object a call was about. */
export type CallSubject = Pick<NvmlErrorDetails, 'gpu' | 'gpuInstance' | 'computeInstance'>

/** The value, or the failure as an `NvmlError`: thrown here, so that its stack is the caller's. */
export function unwrap<T>(outcome: Outcome<T>, subject: CallSubject = {}): T {
  if (outcome.ok) return outcome.value
  throw new NvmlError({ ret: outcome.ret, fn: outcome.fn, ...subject })
}
