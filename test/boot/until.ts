import { setTimeout as pause } from 'node:timers/promises'

const limitMs = 60_000
const betweenMs = 10

/** As `vi.waitFor`, also outside of tests: calls a function until it does not throw any more. */
export async function until<T>(look: () => T): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    try {
      return look()
    } catch (error) {
      if (performance.now() > end) throw error
    }
    await pause(betweenMs)
  }
}
