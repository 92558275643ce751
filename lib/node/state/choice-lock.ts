import { join } from 'node:path'
import type { ChoiceOptions } from '../../../types/node/choice.js'
import { acquireLock, type Lock } from '../../driver/lock/lock.js'
import { isMigError } from '../../errors.js'
import { stateError, stateFolderOf } from './state-folder.js'

interface LockChoiceOptions extends ChoiceOptions {
  readonly signal: AbortSignal
  /** Called once when another process has the lock, with its pid and command, or null. */
  readonly onWaiting: (holder: string | null) => void
}

/**
 * From before an apply until its choice is written: of two that persist at the same time, the one that has changed the
 * machine last is then the one that boots bring back. Rejects with `MIG_STATE_FAILED`, or the reason of the signal.
 */
export async function lockChoice({
  signal,
  onWaiting,
  ...options
}: LockChoiceOptions): Promise<Lock> {
  const path = join(stateFolderOf(options), 'choice.lock')
  try {
    return await acquireLock(path, { signal, onWaiting })
  } catch (error) {
    if (isMigError(error) && error.code === 'MIG_LOCK_FAILED')
      throw stateError(error.message, error)
    throw error
  }
}
