import type { AnyGpuState } from '../../../types/model/state.js'
import type { ConfigEntry } from '../document/entry.js'

/** An entry and its GPUs. */
export interface MatchedEntry {
  readonly entry: ConfigEntry
  /** GPUs that its filters let pass. */
  readonly passed: readonly AnyGpuState[]
  /** Those of them that it names; after conflicts are settled, those that it decides for or may choose from. */
  readonly gpus: readonly AnyGpuState[]
}

/** Whether an entry has no GPU here. */
export function isIdle({ entry, passed, gpus }: MatchedEntry): boolean {
  return entry.devices === 'others' ? passed.length === 0 : gpus.length === 0
}

export function isForOtherModels({ entry, passed }: MatchedEntry): boolean {
  return entry.filters.length > 0 && passed.length === 0
}
