import { readFileSync } from 'node:fs'

const longest = 200

/** What a file that others read says of this process. */
export function ownCommandLine(): string {
  return process.argv.join(' ').replace(/\s+/g, ' ').slice(0, longest)
}

/** The words of a process's command line, as far as this system shows them. */
export function readCommandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null
  } catch {
    return null
  }
}
