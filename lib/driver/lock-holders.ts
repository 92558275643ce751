import { readFileSync, statSync } from 'node:fs'
import { readCommandLine } from './command-line.js'

/**
 * Who holds the lock on a file, for people: what the holder has written into it, or else whom the
 * kernel lists (those who share a lock write nothing). Null when neither tells.
 */
export function readLockHolders(path: string): string | null {
  try {
    const written = readFileSync(path, 'utf8').trim()
    return written || describeAll(listLockingProcesses(path))
  } catch {
    return null
  }
}

function describeAll(pids: readonly number[]): string | null {
  return pids.map((pid) => `${pid} ${readCommandLine(pid) ?? ''}`.trim()).join(', ') || null
}

/** From `/proc/locks`; processes that this PID namespace cannot see are absent. */
function listLockingProcesses(path: string): readonly number[] {
  const { dev, ino } = statSync(path, { bigint: true })
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  const [high, low] = [major, minor].map((part) => part.toString(16).padStart(2, '0'))
  const held = new RegExp(`^\\d+: FLOCK +ADVISORY +\\w+ (\\d+) ${high}:${low}:${ino} `, 'gm')
  const pids = [...readFileSync('/proc/locks', 'utf8').matchAll(held)].map(([, pid]) => Number(pid))
  return [...new Set(pids)].filter((pid) => pid > 0)
}
