import type { ConfigIssue } from '../../types/config/config.js'
import type { TargetGpuInstance } from '../../types/machine/plan.js'
import type { Geometry } from '../../types/model/geometry.js'
import type { AnyGpuState, ComputeInstance, GpuState } from '../../types/model/state.js'
import type { Partition } from '../../types/solver/layout.js'
import type { Keep } from '../model/kept-devices.js'

/** Where the document says what is wanted; `line` and `column` when it was text. */
export type LocateInDocument = (
  path: ConfigIssue['path'],
  part: 'key' | 'value',
) => { readonly line: number; readonly column: number } | null

/** The wanted state of one GPU. Only a GPU whose instances are listed can be planned. */
export interface WantedGpu<Gpu extends AnyGpuState = GpuState> {
  readonly gpu: Gpu
  /** The entry of the configuration that decides. */
  readonly entry: number
  /** The field of the entry that says what is wanted. Default: `mig-devices`. */
  readonly field?: string
  readonly migEnabled: boolean
  /** Default: `migEnabled`. Another mode than that waits for a reset, and shall go on waiting. */
  readonly migPending?: boolean
  /** Where the driver's is not complete. Default: the one in `gpu`. */
  readonly geometry?: Geometry | null
  /** Of no account when MIG shall be off. */
  readonly wanted: Partition
  /** Exactly these, at these places, instead of `wanted`. */
  readonly placements?: readonly TargetGpuInstance[]
  /** MIG devices beyond those wanted stay where they are not in the way. */
  readonly atLeast?: true
  /** What stays where it is, wanted or not; it counts towards what is wanted. */
  readonly keep?: Keep
  /** What of the GPU may not be touched, beside what a process uses. */
  readonly pinned?: ReadonlySet<ComputeInstance>
}

/** An entry that names more GPUs than it wants, each as it shall be if it is one of them. */
export interface WantedChoice<Gpu extends AnyGpuState = GpuState> {
  readonly kind: 'choice'
  readonly entry: number
  /** Null: all that no other entry takes. */
  readonly count: number | null
  readonly gpus: readonly WantedGpu<Gpu>[]
}

/** Devices that are wanted on a set of GPUs together. */
export interface WantedSpread<Gpu extends AnyGpuState = GpuState> {
  readonly kind: 'spread'
  readonly entry: number
  /** On exactly so many of the GPUs; null: on any. */
  readonly count: number | null
  /** Counts above 0. */
  readonly sizes: readonly { readonly name: string; readonly count: number }[]
  readonly gpus: readonly WantedSpreadGpu<Gpu>[]
}

export interface WantedSpreadGpu<Gpu extends AnyGpuState = GpuState> {
  /** Without wanted devices. */
  readonly gpu: WantedGpu<Gpu>
  /** What each of the sizes is on this GPU; null where it does not have it. */
  readonly sizes: readonly ({ readonly profileId: number; readonly sliceCount: number } | null)[]
}

/** What a configuration wants of the GPUs of a machine. */
export interface WantedMachine<Gpu extends AnyGpuState = GpuState> {
  /** The name of the configuration. */
  readonly config: string
  readonly gpus: readonly WantedGpu<Gpu>[]
  /** Entries that leave open which GPU gets what. No GPU of theirs is in `gpus`. */
  readonly groups?: readonly (WantedChoice<Gpu> | WantedSpread<Gpu>)[]
  readonly warnings: readonly string[]
  readonly locate?: LocateInDocument
}
