import type { CheckpointOptions, MigCheckpoint } from '../../types/machine/checkpoint.js'
import { lockMachine } from '../driver/lock/machine-lock.js'
import { isMigError } from '../errors.js'
import { replaceFile } from '../system/write-file.js'
import { checkpointText, takeCheckpoint } from './checkpoint/take-checkpoint.js'
import { withOperation } from './operation/operation.js'
import { isOwnLock } from './operation/own-lock.js'

export async function checkpointMig(options: CheckpointOptions = {}): Promise<MigCheckpoint> {
  const checkpoint = await withOperation(options, async ({ session, control: { signal } }) => {
    // Not in the middle of an apply; but a process that may not lock may read all the same. A hook runs before the first
    // step of its apply or after the last, so it reads without the lock.
    const lock = isOwnLock(session.lockFile)
      ? null
      : await lockMachine(session.lockFile, { signal }).catch((error: unknown) => {
          if (isMigError(error) && error.code === 'MIG_LOCK_FAILED') return null
          throw error
        })
    try {
      return takeCheckpoint(await session.readListedState({ signal }))
    } finally {
      lock?.release()
    }
  })
  if (options.file !== undefined) await replaceFile(options.file, checkpointText(checkpoint))
  return checkpoint
}
