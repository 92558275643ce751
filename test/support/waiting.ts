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
