import { EventEmitter, on } from 'node:events'
import type { ApplyRun } from '../../types/machine/events.js'
import type { ApplyOptions } from '../../types/machine/options.js'
import type { CompletedApply } from '../../types/machine/report.js'

/** Starts an apply, and keeps its events until somebody asks for them. */
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
      // Throws by itself where nobody follows the events any more.
      emitter.emit('error', error)
      throw error
    },
  )
  return {
    report,
    async *[Symbol.asyncIterator]() {
      // What goes wrong is told by the loop: nobody has to await the report as well.
      report.catch(() => {})
      for await (const [event] of events) yield event
    },
  }
}
