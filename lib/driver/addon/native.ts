import type { NativeAddon } from './addon.js'
import { loadBuilt } from './built-files.js'
import { boundCalls } from './call-slots.js'

let loaded: NativeAddon | undefined

/** The addon, loaded on first use. Throws `MigError` `MIG_NATIVE_UNAVAILABLE`. */
export function loadNative(): NativeAddon {
  loaded ??= boundCalls(loadBuilt<NativeAddon>('mig_nvml.node', 'the native addon'))
  return loaded
}

/** Whether anybody can still read what is written to this open file; else a write would be the first to say so. */
export function hasReader(fd: number): boolean {
  return loadNative().hasReader(fd)
}
