import { getSystemErrorName } from 'node:util'
import { MigError, toError } from '../../errors.js'
import { ownCommandLine } from '../../system/command-line.js'
import { readLockHolders } from '../../system/lock-holders.js'
import type { NativeAddon } from '../addon/addon.js'
import { loadNative } from '../addon/native.js'
import type { Success, SystemFailure } from '../addon/outcome.js'
import { lockHint, whyUnsafeLock } from './lock-file.js'

export interface Lock {
  /** Idempotent. The kernel also releases the lock when the process dies. */
  release(): void
}

/** Several processes can hold a shared lock at once. */
export type LockMode = 'exclusive' | 'shared'

export interface LockOptions {
  readonly signal?: AbortSignal
  /** Called once when the lock is not free, with the pids and commands of its holders, or null. */
  readonly onWaiting?: (holder: string | null, path: string) => void
  /** Default `exclusive`. */
  readonly mode?: LockMode
}

/**
 * Waits for the lock on a file. Within this process, the first to ask is the first to get it. Rejects with
 * the reason of the signal, or with `MIG_LOCK_FAILED` if the file cannot be locked at all.
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

/** Null when another holder has it. Throws `MIG_LOCK_FAILED` if the file cannot be locked at all. */
export function tryLock(path: string, mode: LockMode): Lock | null {
  refuseUnsafe(path)
  const addon = loadNative()
  const lock = unwrapLock(path, addon.tryLock(path, holderText(mode)))
  return lock === null ? null : createLock(addon, lock)
}

/** The content of the file while the lock is held. Holders of a shared lock write nothing. */
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
      // If it is too late to stop the wait, the callback releases the lock.
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

/** What is there in place of a lock file, by the error of opening it. */
const inItsPlace: Readonly<Record<string, string>> = {
  EINVAL: 'it is no regular file',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link',
  EMLINK: 'it has a second name',
}

function lockFailed(path: string, { errno, call }: SystemFailure): MigError {
  const code = getSystemErrorName(-errno)
  const why = call === 'open' ? inItsPlace[code] : undefined
  return refused(path, `${call} failed with ${code}${why === undefined ? '' : `: ${why}`}`)
}

/** Another user must not keep this process waiting, or replace the file that it has locked. */
function refuseUnsafe(path: string): void {
  let reason: string | null
  try {
    reason = whyUnsafeLock(path)
  } catch (error) {
    throw refused(path, toError(error).message, error)
  }
  if (reason !== null) throw refused(path, reason)
}

function refused(path: string, reason: string, cause?: unknown): MigError {
  return new MigError('MIG_LOCK_FAILED', `cannot lock ${path}: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: lockHint,
  })
}
