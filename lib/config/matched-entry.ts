import type { MigConfigEntry } from '../../types/config.js'
import type { GpuState } from '../../types/state.js'

/** An entry and the GPUs that it names. */
export interface MatchedEntry {
  readonly entry: MigConfigEntry
  /** In the configuration's list. */
  readonly position: number
  readonly gpus: readonly GpuState[]
}
