import { type BigIntStats, closeSync, constants, fstatSync, openSync, statSync } from 'node:fs'
import { readCommandLine } from './command-line.js'
import { readStart, readStartOf } from './read-start.js'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/** The limit for the text of a holder. */
const longest = 300

/**
 * The processes that hold the lock on a file, for people. It is the text that the holder has written into the
 * file, if the kernel lists that process or none; otherwise the processes that the kernel lists, because
 * holders of a shared lock write nothing. Null when neither is known. Reads without waiting, whatever the
 * file is, and only its beginning.
 */
export function readLockHolders(path: string): string | null {
  try {
    const file = openSync(path, O_RDONLY | O_NONBLOCK | linkFlag(path))
    try {
      const status = fstatSync(file, { bigint: true })
      if (!status.isFile()) return null
      const listed = listLockingProcesses(status)
      const written = readFirstLine(file)
      const isCurrent = listed.length === 0 || listed.includes(Number.parseInt(written, 10))
      return (isCurrent && written) || describeAll(listed)
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}

/**
 * Whether the kernel lists a process that holds the lock on a file alone. It omits processes outside this PID
 * namespace. Takes no lock and opens no file, so it needs no permission for the file itself.
 */
export function isLockedAlone(path: string): boolean {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false })
    return status !== undefined && listLocks(status).some(({ isShared }) => !isShared)
  } catch {
    return false
  }
}

/** Links of /proc lead to open files, some of which have no name. */
function linkFlag(path: string): number {
  return path.startsWith('/proc/self/fd/') ? 0 : O_NOFOLLOW
}

function readFirstLine(file: number): string {
  const [line = ''] = readStartOf(file, longest).split('\n')
  return line.trim()
}

/** The processes that still run: a lock outlives its process if a child has the file open. */
function describeAll(pids: readonly number[]): string | null {
  const running = pids.filter(isRunning)
  return running.map((pid) => `${pid} ${readCommandLine(pid) ?? ''}`.trim()).join(', ') || null
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** The limit for the kernel's list, because any user can make it longer. */
const longestList = 2 ** 20

function listLockingProcesses(status: BigIntStats): readonly number[] {
  const pids = listLocks(status).map(({ pid }) => pid)
  return [...new Set(pids)].filter((pid) => pid > 0)
}

interface ListedLock {
  readonly pid: number
  readonly isShared: boolean
}

/** From `/proc/locks`, which omits processes outside this PID namespace. */
function listLocks({ dev, ino }: BigIntStats): readonly ListedLock[] {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  const [high, low] = [major, minor].map((part) => part.toString(16).padStart(2, '0'))
  const held = new RegExp(`^\\d+: FLOCK +ADVISORY +(\\w+) +(\\d+) ${high}:${low}:${ino} `, 'gm')
  const locks = readStart('/proc/locks', longestList)
  return [...locks.matchAll(held)].map(([, kind, pid]) => ({
    pid: Number(pid),
    isShared: kind === 'READ',
  }))
}
