import type { TargetGpuInstance } from '../../../types/machine/plan.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import type { Partition } from '../../../types/solver/layout.js'
import type { Keep } from '../../model/kept-devices.js'
import type { WantsField } from '../document/entry.js'
import type { DeviceSize } from './resolve-profile.js'

/** A GPU and what it can be divided into, as far as the driver or the catalog tells. */
export interface KnownGpu {
  readonly gpu: AnyGpuState
  readonly geometry: Geometry | null
}

/** What a configuration wants of one GPU. */
export interface ResolvedGpu {
  readonly gpu: AnyGpuState
  /** The entry that decides: its position in the configuration's list. */
  readonly entry: number
  /** The field of the entry that says what is wanted. */
  readonly field: WantsField
  readonly migEnabled: boolean
  /** The driver's, completed from the catalog. Null only where nothing is wanted that needs it. */
  readonly geometry: Geometry | null
  /** One item for each size, counts above 0. Empty when MIG shall be off. */
  readonly wanted: Partition
  /** Exactly these, at these places, instead of `wanted`. */
  readonly placements?: readonly TargetGpuInstance[]
  /** MIG devices beyond those wanted stay where they are not in the way. */
  readonly atLeast?: true
  /** What stays, wanted or not. */
  readonly keep?: Keep
}

/** An entry that names more GPUs than it wants, each as it shall be if it is one of them. */
export interface ResolvedChoice {
  readonly kind: 'choice'
  readonly entry: number
  /** Null: all that no other entry takes. */
  readonly count: number | null
  readonly gpus: readonly ResolvedGpu[]
}

/** An entry that wants devices on a set of GPUs together. */
export interface ResolvedSpread {
  readonly kind: 'spread'
  readonly entry: number
  /** On exactly so many of them; null: on any. */
  readonly count: number | null
  /** Counts above 0. */
  readonly sizes: readonly { readonly name: string; readonly count: number }[]
  readonly gpus: readonly SpreadGpu[]
}

export interface SpreadGpu {
  /** Without wanted devices. */
  readonly gpu: ResolvedGpu
  /** What each of the sizes is on this GPU; null where it does not have it. */
  readonly sizes: readonly (DeviceSize | null)[]
}

export interface ResolvedConfig {
  /** The name of the configuration. */
  readonly config: string
  /** In ascending order of index. MIG-capable GPUs that an entry names; the others are left alone. */
  readonly gpus: readonly ResolvedGpu[]
  /** In the order of their entries. */
  readonly groups: readonly (ResolvedChoice | ResolvedSpread)[]
  readonly warnings: readonly string[]
}
