import type { GpuUuid } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import { isLockedAlone, readLockHolders } from '../../system/lock-holders.js'
import { acquireLock, type Lock, type LockOptions, tryLock } from './lock.js'
import { besideLockFile } from './lock-file.js'

// A process that changes the whole machine locks the machine's file exclusively. A process that changes some
// GPUs shares that lock, and locks one file per GPU exclusively. All locks are those of flock: the kernel
// releases them when a process dies, and `flock FILE COMMAND` of a shell excludes this package.

/** Excludes all other writers of the machine. Rejects as `acquireLock` does. */
export async function lockMachine(lockFile: string, options: LockOptions = {}): Promise<Lock> {
  return (
    tryLock(lockFile, 'exclusive') ??
    passGate(lockFile, options, () => acquireLock(lockFile, options))
  )
}

/**
 * Excludes all other writers of these GPUs, or of the machine where the files of GPUs cannot be made. Rejects
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
    // Sorted and unique, so that no two processes wait for each other, and none for itself.
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
 * Locks one more GPU without waiting. The caller must already hold the lock of the machine's file. Null when
 * another process has it, or when its file cannot be made.
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
 * Whether a process that this one can see has locked the GPU, alone or with the whole machine. Takes no lock
 * itself, so that a user that only reads keeps nobody waiting.
 */
export function isGpuLocked(lockFile: string, gpu: GpuUuid): boolean {
  const path = besideLockFile(lockFile, gpu)
  return isLockedAlone(lockFile) || (path !== null && isLockedAlone(path))
}

/**
 * flock lets newcomers share a lock while a process waits to have it exclusively, possibly for ever. So the
 * waiting process holds a gate, and all others queue behind it.
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
    // Without a gate, chance decides which process is next.
    if (isMigError(error) && error.code === 'MIG_LOCK_FAILED') return null
    throw error
  })
  try {
    return await enter()
  } finally {
    gate?.release()
  }
}
