/** A wait that ends when the time is over or somebody knows better. */
export interface WakeUp {
  /** Ends the wait, or the next one. */
  wake(): void
  /** Rejects with the signal's reason. */
  sleep(timeoutMs: number, signal: AbortSignal): Promise<void>
}

export function createWakeUp(): WakeUp {
  let woken = false
  let end = (): void => {}
  return {
    wake() {
      woken = true
      end()
    },
    async sleep(timeoutMs, signal) {
      if (!woken && !signal.aborted)
        await new Promise<void>((resolve) => {
          end = (): void => {
            clearTimeout(timer)
            signal.removeEventListener('abort', end)
            resolve()
          }
          const timer = setTimeout(end, timeoutMs)
          signal.addEventListener('abort', end, { once: true })
        })
      woken = false
      signal.throwIfAborted()
    },
  }
}
