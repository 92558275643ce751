import type { Terminal } from '../parse/verb.js'

const intervalMs = 250

/** Until a command that prints what changes is stopped, or its reader is gone. */
export interface Reading extends Disposable {
  readonly signal: AbortSignal
}

/** Days may pass without a line to write, so it looks whether there is a reader. */
export function whileRead({ signal, hasReader }: Terminal): Reading {
  const unread = new AbortController()
  const looking = setInterval(() => {
    // Where the addon cannot be loaded, the next line shows it.
    void hasReader()
      .catch(() => true)
      .then((isRead) => {
        if (!isRead) unread.abort()
      })
  }, intervalMs)
  return {
    signal: AbortSignal.any([signal, unread.signal]),
    [Symbol.dispose]: () => clearInterval(looking),
  }
}
