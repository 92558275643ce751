import type { NodeAgentOptions } from '../node/context.js'

/** What the label names, and a digest of its content. */
export interface Wish {
  readonly config: string | null
  readonly digest: string | null
}

/** Waits for a time or for a change, whichever is first. */
export interface Waiter {
  wake(): void
  wait(ms: number): Promise<void>
  /** Whether it is another wish than the one before. */
  isNew(wish: Wish): boolean
  /** A run is over: a wish that came in its middle counts as new. */
  forget(): void
}

export function createWaiter({ clock, signal }: NodeAgentOptions): Waiter {
  let waking = new AbortController()
  let last = ''
  return {
    wake: () => waking.abort(),
    async wait(ms) {
      await clock.sleep(ms, AbortSignal.any([signal, waking.signal]))
      // A change that comes later wakes the next wait.
      waking = new AbortController()
    },
    isNew(wish) {
      const text = JSON.stringify(wish)
      const isOther = text !== last
      last = text
      return isOther
    },
    forget() {
      last = ''
    },
  }
}
