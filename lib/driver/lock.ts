import { accessSync, constants, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import type { LibraryRef } from '../../types/options.js'
import { MigError } from '../errors.js'
import type { NativeAddon, Success, SystemFailure } from './addon.js'
import { ownCommandLine } from './command-line.js'
import { readLockHolders } from './lock-holders.js'
import { loadNative } from './native.js'

export interface Lock {
  /** Idempotent. The kernel does it, too, when the process dies. */
  release(): void
}

/** A shared lock is held together with others who share it. */
export type LockMode = 'exclusive' | 'shared'

export interface LockOptions {
  readonly signal?: AbortSignal
  /** Called once when the lock is not free; with its holders' pids and commands, or null. */
  readonly onWaiting?: (holder: string | null, path: string) => void
  /** Default `exclusive`. */
  readonly mode?: LockMode
}

const systemFolder = '/run/lock'
const fileName = 'mig-nvml.lock'

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
 * Waits for the lock on a file, in order of coming within this process. Rejects with the
 * signal's reason, or with `MIG_LOCK_FAILED` when the file cannot be locked at all.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const { signal, mode = 'exclusive', onWaiting } = options
  signal?.throwIfAborted()
  const lock = tryLock(path, mode)
  if (lock !== null) return lock
  onWaiting?.(readLockHolders(path), path)
  const addon = loadNative()
  return createLock(addon, await waitForLock(addon, path, holderText(mode), signal))
}

/** Null when somebody else has it. Throws `MIG_LOCK_FAILED` when the file cannot be locked at all. */
export function tryLock(path: string, mode: LockMode): Lock | null {
  const addon = loadNative()
  const lock = unwrapLock(path, addon.tryLock(path, holderText(mode)))
  return lock === null ? null : createLock(addon, lock)
}

/** What the file says while it is held; who shares it leaves no name. */
function holderText(mode: LockMode): string | null {
  if (mode === 'shared') return null
  return `${process.pid} ${ownCommandLine()}\n`
}

function waitForLock(
  addon: NativeAddon,
  path: string,
  holder: string | null,
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

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
