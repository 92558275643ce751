import { statSync } from 'node:fs'
import { readStart } from './read-start.js'

/** The beginning of a regular file. Null: there is none. Throws the system's error. */
export function readIfThere(path: string, longest: number): string | null {
  const status = statSync(path, { throwIfNoEntry: false })
  return status?.isFile() ? readStart(path, longest) : null
}
