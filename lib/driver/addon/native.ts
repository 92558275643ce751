import { getSystemErrorName } from 'node:util'
import type { NativeAddon } from './addon.js'
import { loadBuilt } from './built-files.js'
import { boundCalls } from './call-slots.js'

let loaded: NativeAddon | undefined

/** The addon, loaded on first use. Throws `MigError` `MIG_NATIVE_UNAVAILABLE`. */
export function loadNative(): NativeAddon {
  loaded ??= boundCalls(loadBuilt<NativeAddon>('mig_nvml.node', 'the native addon'))
  return loaded
}

/** Whether the other end of this open file can still be read. Without it, only the next write would show. */
export function hasReader(fd: number): boolean {
  return loadNative().hasReader(fd)
}

/** Throws the system's error, which is `EEXIST` if anything is there. The umask clears bits of the mode. */
export function makeCharacterDevice(
  path: string,
  major: number,
  minor: number,
  mode: number,
): void {
  const made = loadNative().makeCharacterDevice(path, major, minor, mode)
  if (made.ok) return
  const code = getSystemErrorName(-made.errno)
  const error = new Error(`${code}: ${made.call} '${path}'`)
  throw Object.assign(error, { code, errno: -made.errno, syscall: made.call, path })
}

/** Sends a message to the manager that has started this process, at its socket: sd_notify(3). False: it was not sent. */
export function notifyManager(address: string, text: string): boolean {
  return loadNative().notifyManager(address, text).ok
}

/** Ends the process, even while a driver call runs. `process.exit()` waits for one, which may never return. */
export function endProcess(status: number): never {
  loaded?.endProcess(status)
  process.exit(status)
}
