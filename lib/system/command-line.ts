import { readStart } from './read-start.js'

const longest = 200

/** How much is read of the command line of another process, which may be megabytes long. */
export const longestCommandLine = 4096

/** What a file that others read says of this process. */
export function ownCommandLine(): string {
  return process.argv.join(' ').replace(/\s+/g, ' ').slice(0, longest)
}

/** The words of a process's command line, as far as this system shows them. */
export function readCommandLine(pid: number): string | null {
  try {
    return (
      readStart(`/proc/${pid}/cmdline`, longestCommandLine).replaceAll('\0', ' ').trim() || null
    )
  } catch {
    return null
  }
}
