import { closeSync, openSync, readSync } from 'node:fs'

/** The beginning of a file. A huge or endless file costs no more. Throws the system's error. */
export function readStart(path: string, longest: number): string {
  const file = openSync(path, 'r')
  try {
    return readStartOf(file, longest)
  } finally {
    closeSync(file)
  }
}

/** The beginning of an open file. */
export function readStartOf(file: number, longest: number): string {
  const start = Buffer.alloc(longest)
  let length = 0
  for (let read = -1; read !== 0 && length < longest; length += read)
    read = readSync(file, start, length, longest - length, length)
  return start.toString('utf8', 0, length)
}
