import type { MigStateUpdate, MigStateWatch, WatchOptions } from '../../types/machine/watch.js'
import { checkReading } from './operation/option-rules.js'

/**
 * Watches a machine: the first update has the state, and each later one what has changed since. Changes that occur while
 * no update is awaited come together in the next one. The watch does not keep the process alive, and leaves nothing open
 * when its iterator has ended.
 *
 *     for await (const { changes, state } of watchMigState({ signal })) …
 *
 * @throws TypeError for wrong options.
 * @throws MigError from the iterator: `ABORT_ERR` when the signal is aborted; `MIG_DRIVER_NOT_FOUND` and others, or
 *   NvmlError, when the machine cannot be read at first. Later, that is the change `unreadable`.
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
