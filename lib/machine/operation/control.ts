import type { ApplyEvent } from '../../../types/machine/events.js'
import type { ApplyOptions } from '../../../types/machine/options.js'
import type { ApplyReport } from '../../../types/machine/report.js'
import { abortedError, isMigError, type MigError } from '../../errors.js'
import { describeEnd } from './describe-end.js'

/** What stops an operation from outside, and the listener of its events. */
export interface Control {
  /** For calls that may be cut short: waits, and reads before the first step. */
  readonly signal: AbortSignal
  /** Why no further step may start; null while all is well. The first reason stays. */
  readonly stopped: Error | null
  stop(cause: Error): void
  /** Never throws: what the listener throws stops the operation. */
  emit(event: ApplyEvent): void
}

export function createControl({
  signal,
  onEvent,
}: Pick<ApplyOptions, 'signal' | 'onEvent'>): Control {
  let cause: Error | null = null
  const stopping = new AbortController()
  const stop = (error: Error): void => {
    cause ??= error
    stopping.abort(cause)
  }
  return {
    signal: signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]),
    get stopped() {
      if (signal?.aborted) stop(abortError(signal.reason))
      return cause
    },
    stop,
    emit(event) {
      try {
        onEvent?.(event)
      } catch (error) {
        stop(abortError(error))
      }
    },
  }
}

/** `ABORT_ERR` of an operation that has changed nothing. */
export function abortError(reason: unknown, what = 'the operation'): MigError {
  return abortedError(reason, what)
}

/** `ABORT_ERR` of an apply that has begun: the message says how the machine is. */
export function abortedApply(
  reason: unknown,
  report: ApplyReport,
  atomic: ApplyOptions['atomic'],
): MigError {
  return abortedError(reason, 'the apply', { report, text: describeEnd(report, atomic) })
}

export function isAbort(error: unknown): boolean {
  return isMigError(error) && error.code === 'ABORT_ERR'
}
