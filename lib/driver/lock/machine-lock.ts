import type { GpuUuid } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import { readLockHolders } from '../../system/lock-holders.js'
import { acquireLock, type Lock, type LockOptions, tryLock } from './lock.js'
import { besideLockFile } from './lock-file.js'

// Whoever changes the whole machine holds its file alone. Whoever changes some GPUs shares the file,
// and holds one file per GPU alone. Every lock is one of flock: the kernel takes it back from a
// process that dies, and `flock FILE COMMAND` of a shell keeps all of this package out.

/** Keeps everybody else from changing any GPU. Rejects as `acquireLock` does. */
export async function lockMachine(lockFile: string, options: LockOptions = {}): Promise<Lock> {
  return (
    tryLock(lockFile, 'exclusive') ??
    passGate(lockFile, options, () => acquireLock(lockFile, options))
  )
}

/**
 * Keeps everybody else from changing these GPUs; or any, where their files cannot be made. Rejects
 * as `acquireLock` does; then nothing is held.
 */
export async function lockGpus(
  lockFile: string,
  gpus: readonly GpuUuid[],
  options: LockOptions = {},
): Promise<Lock> {
  if (besideLockFile(lockFile, 'gate') === null) return lockMachine(lockFile, options)
  const held: Lock[] = []
  const release = (): void => {
    for (const lock of held.splice(0)) lock.release()
  }
  try {
    const share = { ...options, mode: 'shared' } as const
    held.push(await passGate(lockFile, options, () => acquireLock(lockFile, share)))
    // One order for all: no two wait for each other, nor one for itself.
    for (const gpu of [...new Set(gpus)].sort())
      held.push(await acquireLock(besideLockFile(lockFile, gpu) ?? lockFile, options))
    return { release }
  } catch (error) {
    release()
    if (isMigError(error) && error.code === 'MIG_LOCK_FAILED') return lockMachine(lockFile, options)
    throw error
  }
}

/**
 * For who has the machine's file already: keeps a further GPU, without waiting. Null when somebody
 * else has it, or when its file cannot be made.
 */
export function tryLockGpu(lockFile: string, gpu: GpuUuid): Lock | null {
  const path = besideLockFile(lockFile, gpu)
  try {
    return path === null ? null : tryLock(path, 'exclusive')
  } catch {
    return null
  }
}

/**
 * flock lets newcomers share a lock while somebody waits to have it alone, for ever if need be. So
 * who waits does it behind a gate, where the others queue up.
 */
async function passGate(
  lockFile: string,
  options: LockOptions,
  enter: () => Promise<Lock>,
): Promise<Lock> {
  const path = besideLockFile(lockFile, 'gate')
  if (path === null) return enter()
  const gate = await acquireLock(path, {
    ...options,
    onWaiting: () => options.onWaiting?.(readLockHolders(lockFile), lockFile),
  }).catch((error: unknown) => {
    // Where there can be no gate, chance decides who comes next.
    if (isMigError(error) && error.code === 'MIG_LOCK_FAILED') return null
    throw error
  })
  try {
    return await enter()
  } finally {
    gate?.release()
  }
}
