import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import type { LibraryRef } from '../../types/options.js'
import { MigError } from '../errors.js'
import type { NativeAddon, Success, SystemFailure } from './addon.js'
import { loadNative } from './native.js'

export interface Lock {
  /** Idempotent. The kernel does it, too, when the process dies. */
  release(): void
}

export interface LockOptions {
  readonly signal?: AbortSignal
  /** Called once when the lock is not free; with the holder's pid and command, or null. */
  readonly onWaiting?: (holder: string | null) => void
}

const systemFolder = '/run/lock'
const fileName = 'mig-nvml.lock'
const longestCommand = 200

/** The file that excludes other writers of this machine. */
export function lockFileOf(library: LibraryRef): string {
  return library.lockFile ?? (process.env['MIG_NVML_LOCK'] || defaultLockFile())
}

/** All users must come to the same answer: the file counts even where only root could make it. */
function defaultLockFile(): string {
  const path = join(systemFolder, fileName)
  return existsSync(path) || isWritable(systemFolder) ? path : join(tmpdir(), fileName)
}

/**
 * Waits for the exclusive lock on a file, in order of coming within this process. Rejects with the
 * signal's reason, or with `MIG_LOCK_FAILED` when the file cannot be locked at all.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  options.signal?.throwIfAborted()
  const addon = loadNative()
  const command = process.argv.join(' ').replace(/\s+/g, ' ').slice(0, longestCommand)
  const holder = `${process.pid} ${command}\n`
  const lock = unwrapLock(path, addon.tryLock(path, holder))
  if (lock !== null) return createLock(addon, lock)
  options.onWaiting?.(readHolder(path))
  return createLock(addon, await waitForLock(addon, path, holder, options.signal))
}

function waitForLock(
  addon: NativeAddon,
  path: string,
  holder: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const onAbort = (): void => {
      // When it cannot be stopped any more, the callback comes and lets go of the lock.
      addon.stopWaiting(wait)
      reject(signal?.reason)
    }
    const onAttempt = (attempt: Success<number> | SystemFailure): void => {
      signal?.removeEventListener('abort', onAbort)
      if (attempt.ok && signal?.aborted) addon.releaseLock(attempt.value)
      else if (attempt.ok) resolve(attempt.value)
      else reject(lockFailed(path, attempt))
    }
    const wait = unwrapLock(path, addon.waitForLock(path, holder, onAttempt))
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function createLock(addon: NativeAddon, lock: number): Lock {
  return { release: () => addon.releaseLock(lock) }
}

function unwrapLock<T>(path: string, outcome: Success<T> | SystemFailure): T {
  if (outcome.ok) return outcome.value
  throw lockFailed(path, outcome)
}

function lockFailed(path: string, { errno, call }: SystemFailure): MigError {
  return new MigError(
    'MIG_LOCK_FAILED',
    `cannot lock ${path}: ${call} failed with ${getSystemErrorName(-errno)}`,
    { hint: 'MIG_NVML_LOCK names another file; every writer of this machine must use the same' },
  )
}

function readHolder(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch {
    return null
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
