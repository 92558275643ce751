import type { Geometry } from '../../types/geometry.js'
import type { Partition } from '../../types/solver.js'
import type { GpuState, MigState } from '../../types/state.js'
import { matchEntries } from './match-entries.js'
import { resolvePartitions } from './resolve-partitions.js'
import type { SelectedConfig } from './select.js'

/** What a configuration wants of one GPU. */
export interface ResolvedGpu {
  readonly gpu: GpuState
  /** The entry that decides: its position in the configuration's list. */
  readonly entry: number
  readonly migEnabled: boolean
  /** The driver's, completed from the catalog. Null only where nothing is wanted that needs it. */
  readonly geometry: Geometry | null
  /** One item for each size, counts above 0. Empty when MIG shall be off. */
  readonly wanted: Partition
}

export interface ResolvedConfig {
  /** The name of the configuration. */
  readonly config: string
  /** In ascending order of index. MIG-capable GPUs that an entry names; the others are left alone. */
  readonly gpus: readonly ResolvedGpu[]
  readonly warnings: readonly string[]
}

/**
 * What a configuration wants of each GPU of a machine. Throws `MIG_ENTRY_MATCHES_NO_GPU`,
 * `MIG_NOT_SUPPORTED`, `MIG_CONFIG_CONFLICT`, `MIG_GEOMETRY_UNKNOWN` or `MIG_PROFILE_UNKNOWN`, each
 * with every place in the document that it concerns. Whether the sizes fit together is the solver's
 * question.
 */
export function resolveConfig(config: SelectedConfig, state: MigState): ResolvedConfig {
  const { decided, warnings } = matchEntries(config, state)
  return { config: config.name, gpus: resolvePartitions(config, decided), warnings }
}
