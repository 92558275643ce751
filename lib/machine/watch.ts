import type { MigStateUpdate, MigStateWatch, WatchOptions } from '../../types/machine/watch.js'
import { checkReading } from './operation/option-rules.js'

/**
 * Follows a machine: the state at once, then an update whenever something has changed. What happens
 * while nobody asks for the next update comes with it, all together. Nothing is left when the
 * iterator has ended, and nothing keeps the process alive.
 *
 *     for await (const { changes, state } of watchMigState({ signal })) …
 *
 * @throws TypeError for a wrong option.
 * @throws MigError from the iterator: `ABORT_ERR` when the signal is aborted, `MIG_DRIVER_NOT_FOUND` and
 *   the like, or NvmlError, when the machine cannot be read at the beginning. Later that is an update.
 */
export function watchMigState(options: WatchOptions = {}): MigStateWatch {
  checkReading('watchMigState', options)
  const { intervalMs = 1000 } = options
  const leaving = new AbortController()
  let closing: Promise<void> | undefined
  let following: Promise<AsyncGenerator<MigStateUpdate, undefined>> | undefined

  const watch: MigStateWatch = {
    async next() {
      if (following === undefined && leaving.signal.aborted) return { done: true, value: undefined }
      following ??= import('./watch/follow.js').then(({ followMigState }) =>
        followMigState(options, intervalMs, leaving.signal, (promise) => {
          closing = promise
        }),
      )
      return (await following).next()
    },
    async return() {
      leaving.abort()
      await (await following)?.return(undefined)
      await closing
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => watch,
    [Symbol.asyncDispose]: async () => void (await watch.return()),
  }
  return watch
}
