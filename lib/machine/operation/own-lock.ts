import { AsyncLocalStorage } from 'node:async_hooks'
import { MigError } from '../../errors.js'

/** An apply that holds a lock, and waits for a callback. */
interface Waiter {
  readonly lockFile: string
  isWaiting: boolean
  /** The enclosing callback, if this apply runs inside one. */
  readonly outer: Waiter | undefined
}

const waiters = new AsyncLocalStorage<Waiter>()

/** Runs a callback for which an apply waits while it holds the lock. */
export async function whileLockHeld<T>(lockFile: string, work: () => T | Promise<T>): Promise<T> {
  const waiter: Waiter = { lockFile, isWaiting: true, outer: waiters.getStore() }
  try {
    return await waiters.run(waiter, async () => work())
  } finally {
    // What the callback has started, such as a timer, may go on, and may wait for the lock from now on.
    waiter.isWaiting = false
  }
}

/** Whether the holder of this lock is waiting for the caller. Waiting for the lock would then deadlock. */
export function isOwnLock(lockFile: string): boolean {
  for (let waiter = waiters.getStore(); waiter !== undefined; waiter = waiter.outer)
    if (waiter.isWaiting && waiter.lockFile === lockFile) return true
  return false
}

/** Throws `MIG_LOCK_FAILED` for such a lock. */
export function refuseOwnLock(lockFile: string): void {
  if (!isOwnLock(lockFile)) return
  throw new MigError(
    'MIG_LOCK_FAILED',
    `${lockFile} is held by the apply that waits for this function, so waiting for it would never end`,
    { hint: 'a hook or an evict function must not change the machine of its own apply' },
  )
}
