import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

/** Whether a promise is still open after the loop has turned many times. */
export async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const mark = (): void => {
    settled = true
  }
  promise.then(mark, mark)
  for (let turn = 0; turn < 200; turn++) await setImmediate()
  return !settled
}

/** Waits until a thread of this process sleeps in flock: the kernel lists it behind the holder. */
export async function untilBlocked(): Promise<void> {
  const line = new RegExp(`-> FLOCK .* ${process.pid} `)
  while (!line.test(readFileSync('/proc/locks', 'utf8'))) await setImmediate()
}
