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
  return readAt(file, 0, longest).toString('utf8')
}

/** What an open file has from a position on, at most `longest` bytes. */
export function readAt(file: number, position: number, longest: number): Buffer {
  const part = Buffer.alloc(longest)
  let length = 0
  for (let read = -1; read !== 0 && length < longest; length += read)
    read = readSync(file, part, length, longest - length, position + length)
  return part.subarray(0, length)
}
