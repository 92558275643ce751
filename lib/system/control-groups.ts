import { join } from 'node:path'
import { readStart } from './read-start.js'

/** The control groups of a process, one for each hierarchy; empty where it is gone (cgroups(7)). */
export function readControlGroups(root: string, pid: number): readonly string[] {
  try {
    const text = readStart(join(root, 'proc', String(pid), 'cgroup'), 2 ** 16)
    return text
      .trim()
      .split('\n')
      .map((line) => line.split(':').slice(2).join(':'))
  } catch {
    return []
  }
}
