import { AsyncLocalStorage } from 'node:async_hooks'
import { MigError } from '../../errors.js'

/** An apply that holds a lock, and waits for a function of the caller's. */
interface Waiter {
  readonly lockFile: string
  isWaiting: boolean
  /** Of which function of the caller's that apply is part in its turn. */
  readonly outer: Waiter | undefined
}

const waiters = new AsyncLocalStorage<Waiter>()

/** Runs a function of the caller's that an apply waits for while it holds the lock. */
export async function whileLockHeld<T>(lockFile: string, work: () => T | Promise<T>): Promise<T> {
  const waiter: Waiter = { lockFile, isWaiting: true, outer: waiters.getStore() }
  try {
    return await waiters.run(waiter, async () => work())
  } finally {
    // What it has started, a timer say, may go on for long, and is free to wait for a lock then.
    waiter.isWaiting = false
  }
}

/** Whether who holds this lock waits for the caller: the caller would wait for ever. */
export function isOwnLock(lockFile: string): boolean {
  for (let waiter = waiters.getStore(); waiter !== undefined; waiter = waiter.outer)
    if (waiter.isWaiting && waiter.lockFile === lockFile) return true
  return false
}

/** Throws `MIG_LOCK_FAILED` in that case. */
export function refuseOwnLock(lockFile: string): void {
  if (!isOwnLock(lockFile)) return
  throw new MigError(
    'MIG_LOCK_FAILED',
    `${lockFile} is held by the apply that waits for this function: it would wait for ever`,
    { hint: 'a hook, and a function evict, must not change the machine of their own apply' },
  )
}
