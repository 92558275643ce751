import type { ApplyEvent } from '../../../types/machine/events.js'
import type { ApplyOptions } from '../../../types/machine/options.js'
import type { ApplyReport } from '../../../types/machine/report.js'
import { abortedError, isMigError, type MigError } from '../../errors.js'
import { describeEnd } from './describe-end.js'

type Atomic = NonNullable<ApplyOptions['atomic']>

/** What stops an apply from outside, and who is told about it. */
export interface Control {
  /** For calls that may be cut short: waiting, and reads before the first step. */
  readonly signal: AbortSignal
  /** Why no further step may start; null while all is well. The first reason stays. */
  readonly stopped: Error | null
  stop(cause: Error): void
  /** Never throws: what the listener throws stops the apply. */
  tell(event: ApplyEvent): void
}

export function createControl({ signal, onEvent }: ApplyOptions): Control {
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
    tell(event) {
      try {
        onEvent?.(event)
      } catch (error) {
        stop(abortError(error))
      }
    },
  }
}

/** For one GPU whose failure is no concern of the others. */
export function controlOfGpu(control: Control): Control {
  let cause: Error | null = null
  const stopping = new AbortController()
  return {
    signal: AbortSignal.any([control.signal, stopping.signal]),
    get stopped() {
      return cause ?? control.stopped
    },
    stop(error) {
      cause ??= error
      stopping.abort(cause)
    },
    tell: control.tell,
  }
}

/** With a report, what became of the GPUs is part of the message. */
export function abortError(
  reason: unknown,
  report?: ApplyReport,
  what: string = report === undefined ? 'the operation' : 'the apply',
  atomic?: Atomic,
): MigError {
  const end = report === undefined ? null : { report, text: describeEnd(report, atomic) }
  return abortedError(reason, what, end)
}

export function isAbort(error: unknown): boolean {
  return isMigError(error) && error.code === 'ABORT_ERR'
}
