import { readFileSync } from 'node:fs'

/** A text that differs after every boot. Null: the kernel does not report it. */
export function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}
