import { loadNative } from './native.js'

/** Whether anybody can still read what is written to this open file; else a write would be the first to say so. */
export function hasReader(fd: number): boolean {
  return loadNative().hasReader(fd)
}
