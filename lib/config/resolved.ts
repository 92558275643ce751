import type { Geometry } from '../../types/geometry.js'
import type { Partition } from '../../types/solver.js'
import type { GpuState } from '../../types/state.js'

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
