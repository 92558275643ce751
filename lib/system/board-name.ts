import { join } from 'node:path'
import { readStart } from './read-start.js'

const longest = 256

/** The product name of the computer's board, from the kernel's files below `root`. Null: it is not there. */
export function readBoardName(root: string): string | null {
  try {
    return readStart(join(root, 'sys/class/dmi/id/product_name'), longest).trim() || null
  } catch {
    return null
  }
}
