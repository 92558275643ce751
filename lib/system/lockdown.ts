import { join } from 'node:path'
import { readStart } from './read-start.js'

/** The kernel's lockdown: `integrity` or `confidentiality`; null: none, or not known. Source: kernel_lockdown(7). */
export function readLockdown(root: string): string | null {
  try {
    const text = readStart(join(root, 'sys/kernel/security/lockdown'), 128)
    const [, level = 'none'] = /\[(\w+)\]/.exec(text) ?? []
    return level === 'none' ? null : level
  } catch {
    return null
  }
}
