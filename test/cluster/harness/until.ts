import { setTimeout as sleep } from 'node:timers/promises'

const accounts = new Map<string, () => string>()

/** What stands in the error of each wait in vain from now on, under its key. */
export function accountFor(key: string, account: () => string): void {
  accounts.set(key, account)
}

/** Files of a node that is gone cannot be read any more. */
function allAccounts(): readonly string[] {
  return [...accounts.values()].flatMap((account) => {
    try {
      return [account()]
    } catch {
      return []
    }
  })
}

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
  const why = last === undefined ? [] : [`last: ${last}`]
  throw new Error([`waited in vain for ${what}`, ...why, ...allAccounts()].join('\n'), {
    cause: last,
  })
}
