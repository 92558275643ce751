import { readStart } from './read-start.js'

const longest = 200

/** The limit for the command line of another process, which may be megabytes long. */
export const longestCommandLine = 4096

/** Describes this process in a file that other processes read. */
export function ownCommandLine(): string {
  return process.argv.join(' ').replace(/\s+/g, ' ').slice(0, longest)
}

/** The words of a process's command line; null where the system does not show them. */
export function readCommandLine(pid: number): string | null {
  try {
    return (
      readStart(`/proc/${pid}/cmdline`, longestCommandLine).replaceAll('\0', ' ').trim() || null
    )
  } catch {
    return null
  }
}
