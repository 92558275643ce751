/**
 * Waits for work again and again, each time up to a limit. Null: the time is up, and the work goes on. `Promise.race` would
 * keep something for each wait until the work ends, which can be months away.
 */
export function repeatedWait<T>(work: Promise<T>): (limitMs: number) => Promise<T | null> {
  let hasEnded = false
  let wake = (): void => {}
  const end = (): void => {
    hasEnded = true
    wake()
  }
  // It may reject while nobody waits; the next wait throws it.
  work.then(end, end)
  return async (limitMs) => {
    if (hasEnded) return work
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      wake = resolve
      timer = setTimeout(resolve, limitMs)
    })
    clearTimeout(timer)
    return hasEnded ? work : null
  }
}
