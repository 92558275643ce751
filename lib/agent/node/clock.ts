import { setTimeout as sleep } from 'node:timers/promises'

/** The time, and how to wait for it. Tests have another one. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after the time, or when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The longest time that a timer in Node can wait. */
const longestMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // Nothing but the signal makes it reject.
    await sleep(Math.min(ms, longestMs), undefined, { signal }).catch(() => {})
  },
}
