import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../lib/agent/node/clock.js'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock that moves only when a test lets it. */
export interface FakeClock extends Clock {
  /** Lets time pass, sleeper by sleeper, until the condition holds. Fails after so many steps. */
  until(condition: () => boolean, beforeStep?: () => void): Promise<void>
}

const mostSteps = 2000
/** Work on a simulated machine runs in threads: so often the loop turns before nothing more can happen. */
const mostTurns = 20_000

export function createFakeClock(): FakeClock {
  let now = Date.parse('2026-11-29T00:00:00Z')
  const sleepers = new Set<Sleeper>()
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const sleeper = { at: now + ms, wake }
        function wake(): void {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        signal.addEventListener('abort', wake)
        sleepers.add(sleeper)
      }),
    async until(condition, beforeStep = () => {}) {
      for (let step = 0; step < mostSteps; step++) {
        for (let turn = 0; turn < mostTurns && sleepers.size === 0; turn++) {
          if (condition()) return
          await setImmediate()
        }
        if (condition()) return
        beforeStep()
        if (condition()) return
        const [next] = [...sleepers].sort((a, b) => a.at - b.at)
        if (next === undefined) continue
        now = Math.max(now, next.at)
        next.wake()
        await setImmediate()
      }
      throw new Error('the condition does not hold, however long one waits')
    },
  }
}
