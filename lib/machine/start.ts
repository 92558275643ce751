import { EventEmitter, on } from 'node:events'
import type { ApplyRun } from '../../types/machine/events.js'
import type { ApplyOptions } from '../../types/machine/options.js'
import type { CompletedApply } from '../../types/machine/report.js'

/** Starts an apply, and keeps its events until they are read. */
export function followApply(
  options: ApplyOptions,
  start: (options: ApplyOptions) => Promise<CompletedApply>,
): ApplyRun {
  const emitter = new EventEmitter()
  const events = on(emitter, 'event', { close: ['end'] })
  const report = start({
    ...options,
    onEvent(event) {
      emitter.emit('event', event)
      options.onEvent?.(event)
    },
  }).then(
    (done) => {
      emitter.emit('end')
      return done
    },
    (error: unknown) => {
      // Without a reader of the events, `emit` throws the error itself.
      emitter.emit('error', error)
      throw error
    },
  )
  return {
    report,
    async *[Symbol.asyncIterator]() {
      // The loop throws the error, so the caller need not await the report as well.
      report.catch(() => {})
      for await (const [event] of events) yield event
    },
  }
}
