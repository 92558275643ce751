import type { MigConfigEntry } from '../../types/config.js'
import type { GpuState, MigState } from '../../types/state.js'
import {
  rejectConflicts,
  rejectLostGpus,
  rejectMissingGpus,
  rejectUnsupportedGpus,
} from './check-entries.js'
import { matchesEntry } from './device-filter.js'
import type { SelectedConfig } from './select.js'
import { warnOfIdleEntries, warnOfOverriddenEntries } from './warn-of-entries.js'

/** A MIG-capable GPU and the entry that decides for it. */
export interface DecidedGpu {
  readonly gpu: GpuState
  readonly entry: MigConfigEntry
  readonly position: number
}

/**
 * Which entry decides for which GPU: the last one that names it. In ascending order of GPU index;
 * GPUs that no entry names, and those that cannot do MIG, are absent. Throws
 * `MIG_GPU_LOST`, `MIG_ENTRY_MATCHES_NO_GPU`, `MIG_NOT_SUPPORTED` or `MIG_CONFIG_CONFLICT`.
 */
export function matchEntries(
  config: SelectedConfig,
  state: MigState,
): { readonly decided: readonly DecidedGpu[]; readonly warnings: readonly string[] } {
  const matched = config.entries.map((entry, position) => ({
    entry,
    position,
    gpus: state.gpus.filter((gpu) => matchesEntry(entry, gpu)),
  }))
  rejectLostGpus(config, state)
  rejectMissingGpus(config, state, matched)
  rejectUnsupportedGpus(config, matched)
  rejectConflicts(config, matched)
  const capable = state.gpus.filter((gpu) => gpu.mig !== null)
  return {
    decided: capable.flatMap((gpu) => {
      const last = matched.findLast(({ gpus }) => gpus.includes(gpu))
      return last === undefined ? [] : [{ gpu, entry: last.entry, position: last.position }]
    }),
    warnings: [...warnOfIdleEntries(config, matched), ...warnOfOverriddenEntries(config, matched)],
  }
}
