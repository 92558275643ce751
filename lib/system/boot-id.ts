import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A text that differs after every boot of the machine whose files lie below a root. Null: the kernel does not report it. */
export function readBootId(root = '/'): string | null {
  try {
    return readFileSync(join(root, 'proc/sys/kernel/random/boot_id'), 'utf8').trim() || null
  } catch {
    return null
  }
}
