import type { MigState } from '../../../types/model/state.js'
import { isFixed } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import { matchEntries } from '../match/match-entries.js'
import { resolvePartitions } from './resolve-partitions.js'
import type { ResolvedChoice, ResolvedConfig, ResolvedGpu, ResolvedSpread } from './resolved.js'

/**
 * What a configuration wants of each GPU of a machine. Throws `MIG_ENTRY_MATCHES_NO_GPU`,
 * `MIG_NOT_SUPPORTED`, `MIG_CONFIG_CONFLICT`, `MIG_GEOMETRY_UNKNOWN`, `MIG_PROFILE_UNKNOWN` or, for
 * places that cannot be, `MIG_PARTITION_INFEASIBLE`, each with every place in the document that it
 * concerns. Whether sizes fit together is the solver's question.
 */
export function resolveConfig(config: SelectedConfig, state: MigState): ResolvedConfig {
  const { deciding, warnings } = matchEntries(config, state)
  const gpus: ResolvedGpu[] = []
  const groups: (ResolvedChoice | ResolvedSpread)[] = []
  for (const { entry, resolved } of resolvePartitions(config, deciding, state.driverVersion)) {
    if (resolved.kind === 'spread') {
      groups.push({ ...resolved, entry: entry.position, count: entry.count })
    } else if (isFixed(entry)) gpus.push(...resolved.gpus)
    else {
      const { position, count } = entry
      groups.push({ kind: 'choice', entry: position, count, gpus: resolved.gpus })
    }
  }
  return {
    config: config.name,
    gpus: gpus.toSorted((a, b) => a.gpu.index - b.gpu.index),
    groups,
    warnings: [...config.warnings, ...warnings],
  }
}
