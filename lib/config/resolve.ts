import type { MigState } from '../../types/state.js'
import { matchEntries } from './match-entries.js'
import { resolvePartitions } from './resolve-partitions.js'
import type { ResolvedConfig } from './resolved.js'
import type { SelectedConfig } from './select.js'

/**
 * What a configuration wants of each GPU of a machine. Throws `MIG_ENTRY_MATCHES_NO_GPU`,
 * `MIG_NOT_SUPPORTED`, `MIG_CONFIG_CONFLICT`, `MIG_GEOMETRY_UNKNOWN` or `MIG_PROFILE_UNKNOWN`, each
 * with every place in the document that it concerns. Whether the sizes fit together is the solver's
 * question.
 */
export function resolveConfig(config: SelectedConfig, state: MigState): ResolvedConfig {
  const { decided, warnings } = matchEntries(config, state)
  return {
    config: config.name,
    gpus: resolvePartitions(config, decided, state.driverVersion),
    warnings,
  }
}
