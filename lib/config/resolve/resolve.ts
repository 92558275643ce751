import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import type { WantedGpu, WantedGroup, WantedMachine } from '../../model/wanted.js'
import { isFixed } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import { matchEntries } from '../match/match-entries.js'
import { resolveEntries } from './resolve-entries.js'

/**
 * What a configuration wants of each GPU of a machine. Throws `MIG_ENTRY_MATCHES_NO_GPU`,
 * `MIG_NOT_SUPPORTED`, `MIG_MODE_OFF`, `MIG_CONFIG_CONFLICT`, `MIG_GEOMETRY_UNKNOWN`, `MIG_PROFILE_UNKNOWN` or, for
 * impossible places, `MIG_PARTITION_INFEASIBLE`, each with every place in the document that it
 * concerns. Whether sizes fit together is the solver's question.
 */
export function resolveConfig(config: SelectedConfig, state: MigState): WantedMachine<AnyGpuState> {
  const { deciding, warnings } = matchEntries(config, state)
  const gpus: WantedGpu<AnyGpuState>[] = []
  const groups: WantedGroup<AnyGpuState>[] = []
  for (const [entry, group] of resolveEntries(config, deciding, state.driverVersion)) {
    if (group.kind === 'choice' && isFixed(entry)) gpus.push(...group.gpus)
    else groups.push(group)
  }
  return {
    config: config.name,
    gpus: gpus.toSorted((a, b) => a.gpu.index - b.gpu.index),
    groups,
    warnings: [...config.warnings, ...warnings],
    locate: config.locate,
  }
}
