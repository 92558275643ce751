import type { AnyGpuState } from '../../../types/model/state.js'
import type { ConfigEntry } from '../document/entry.js'

/** An entry and the GPUs that it names. */
export interface MatchedEntry {
  readonly entry: ConfigEntry
  /** Those that its filters let pass. */
  readonly passed: readonly AnyGpuState[]
  /** Those of them that its `devices` name. */
  readonly gpus: readonly AnyGpuState[]
}

/** An entry and the MIG-capable GPUs that it decides for, or may choose from. */
export interface DecidingEntry {
  readonly entry: ConfigEntry
  readonly gpus: readonly AnyGpuState[]
}
