import { chmodSync, mkdirSync } from 'node:fs'
import { isSystemError } from './system-error.js'

/**
 * Makes a folder that everybody may read, whatever the umask is, unless it is there. Its parent must be there: making
 * that as well never ends in some file systems, such as /proc.
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return
    throw error
  }
  chmodSync(folder, 0o755)
}
