import type { DriverOptions, SlowCall } from '../../../types/machine/options.js'
import { type DriverSession, openSession } from '../../driver/session.js'
import { abortError, type Control } from './control.js'
import { findRunningStep } from './tracing.js'

/**
 * Opens the driver for the duration of one piece of work. What the signal cuts short rejects with
 * `ABORT_ERR`, whatever the signal's reason is. `control` gets calls that do not come back, too.
 */
export async function withSession<T>(
  options: DriverOptions,
  work: (session: DriverSession) => Promise<T>,
  control?: Control,
): Promise<T> {
  const watching =
    control === undefined
      ? {}
      : {
          onSlowCall(call: SlowCall) {
            control.tell({ kind: 'slow', ...call, step: findRunningStep() })
            options.onSlowCall?.(call)
          },
        }
  try {
    const session = await openSession({ ...options, ...watching })
    try {
      return await work(session)
    } finally {
      // Closing waits for calls that have begun. Nobody who has given up waits for a hanging read.
      const closing = session.close()
      if (options.signal?.aborted) closing.catch(() => {})
      else await closing
    }
  } catch (error) {
    const { signal } = options
    throw signal?.aborted && error === signal.reason ? abortError(error) : error
  }
}
