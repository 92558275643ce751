import { join } from 'node:path'
import type { ProcessContainer } from '../../types/model/state.js'
import { longestCommandLine } from './command-line.js'
import { parseContainer } from './container.js'
import { readStart } from './read-start.js'

export interface ProcessDetails {
  /** The program, as it was called. */
  readonly command: string | null
  readonly commandLine: string | null
  readonly container: ProcessContainer | null
}

/** Of a process of another PID namespace, or where there is no `/proc` to look at. */
export const unknownDetails: ProcessDetails = { command: null, commandLine: null, container: null }

/** What the operating system says of a process, as far as it shows it. */
export function readProcessDetails(root: string, pid: number): ProcessDetails {
  const folder = join(root, 'proc', String(pid))
  const words = readText(join(folder, 'cmdline'), longestCommandLine).split('\0')
  return {
    command: words[0] || null,
    commandLine: words.join(' ').trim() || null,
    container: parseContainer(readText(join(folder, 'cgroup'), 2 ** 16)),
  }
}

function readText(path: string, longest: number): string {
  try {
    return readStart(path, longest)
  } catch {
    return ''
  }
}
