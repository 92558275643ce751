import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits for something that another process brings about, and returns it. The limit is for what hangs; a busy machine
 * takes its time.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const value = await look()
      if (value !== null && value !== undefined && value !== false) return value
      last = undefined
    } catch (error) {
      last = error
    }
    await sleep(50)
  }
  throw new Error(`waited in vain for ${what}`, { cause: last })
}
