import type { TargetGpuInstance } from '../../types/machine/plan.js'
import type { Geometry } from '../../types/model/geometry.js'
import type {
  AnyGpuState,
  ComputeInstance,
  GpuInstance,
  GpuState,
} from '../../types/model/state.js'
import type { Partition } from '../../types/solver/layout.js'
import type { DocumentPath, Locate } from './document-path.js'
import type { Keep } from './kept-devices.js'
import { isListed, unlistedError } from './unlisted.js'

/** The field of an entry that says what is wanted. */
export type WantsField = 'mig-devices' | 'total-mig-devices' | 'placements'

/** A size of MIG device on one GPU. */
export interface DeviceSize {
  readonly profileId: number
  /** Compute slices of the device. */
  readonly sliceCount: number
}

/** The wanted state of one GPU. Only a GPU whose instances are listed can be planned. */
export interface WantedGpu<Gpu extends AnyGpuState = GpuState> {
  readonly gpu: Gpu
  /** The position of the entry that decides, in the configuration's list. */
  readonly entry: number
  /** Where errors find what is wanted. Absent: the wanted state is a checkpoint's. */
  readonly path?: DocumentPath
  readonly migEnabled: boolean
  /** The mode after the next reset, if it is to differ from `migEnabled`. */
  readonly migPending?: boolean
  /** The driver's, completed from the catalog. Null if neither knows it. */
  readonly geometry: Geometry | null
  /** One item for each size, with counts above 0. Ignored if MIG is to be off. */
  readonly wanted: Partition
  /** Exactly these instances at these places, instead of `wanted`. */
  readonly placements?: readonly TargetGpuInstance[]
  /** The wanted devices come beside all instances that are there. */
  readonly add?: true
  /** Other MIG devices stay as well, unless they are in the way. */
  readonly atLeast?: true
  /** Devices that stay where they are, wanted or not. They count towards what is wanted. */
  readonly keep?: Keep
  /** What the plan must not touch, beside what a process uses. */
  readonly pinned?: ReadonlySet<ComputeInstance | GpuInstance>
  /** GPU instances that stay, and stay without compute instances. */
  readonly bare?: ReadonlySet<GpuInstance>
}

/** An entry that names more GPUs than it wants. Each is described as if it were chosen. */
export interface WantedChoice<Gpu extends AnyGpuState = GpuState> {
  readonly kind: 'choice'
  readonly entry: number
  /** Null: all GPUs that no other entry takes. */
  readonly count: number | null
  readonly gpus: readonly WantedGpu<Gpu>[]
}

/** An entry that wants devices on a set of GPUs together. */
export interface WantedSpread<Gpu extends AnyGpuState = GpuState> {
  readonly kind: 'spread'
  readonly entry: number
  /** On exactly so many of the GPUs; null: on any number. */
  readonly count: number | null
  /** With counts above 0. */
  readonly sizes: readonly { readonly name: string; readonly count: number }[]
  readonly gpus: readonly WantedSpreadGpu<Gpu>[]
}

export type WantedGroup<Gpu extends AnyGpuState = GpuState> = WantedChoice<Gpu> | WantedSpread<Gpu>

export interface WantedSpreadGpu<Gpu extends AnyGpuState = GpuState> {
  /** Without wanted devices. */
  readonly gpu: WantedGpu<Gpu>
  /** What each of the sizes is on this GPU; null if the GPU does not have it. */
  readonly sizes: readonly (DeviceSize | null)[]
}

/** What a configuration, or a checkpoint, wants of the GPUs of a machine. */
export interface WantedMachine<Gpu extends AnyGpuState = GpuState> {
  /** The name of the configuration. */
  readonly config: string
  /** In ascending order of index. GPUs that no entry names are left alone. */
  readonly gpus: readonly WantedGpu<Gpu>[]
  /** Entries that leave open which GPU gets what, in their order. None of their GPUs is in `gpus`. */
  readonly groups: readonly WantedGroup<Gpu>[]
  readonly warnings: readonly string[]
  /** Finds what the errors are about in the document. */
  readonly locate: Locate
}

/** The GPUs that may be chosen for an entry that leaves this open. */
export function listCandidates<Gpu extends AnyGpuState>({
  groups,
}: Pick<WantedMachine<Gpu>, 'groups'>): readonly WantedGpu<Gpu>[] {
  return groups.flatMap((group) =>
    group.kind === 'choice' ? group.gpus : group.gpus.map(({ gpu }) => gpu),
  )
}

/**
 * Throws `MIG_NO_PERMISSION` if the driver does not list the instances of a GPU that is to be planned or
 * may be chosen. A plan would take what it cannot see for free space.
 */
export function requireListedMachine(wanted: WantedMachine<AnyGpuState>): WantedMachine {
  const gpus = [...wanted.gpus, ...listCandidates(wanted)].map(({ gpu }) => gpu)
  const unlisted = gpus.filter((gpu) => !isListed(gpu))
  if (unlisted.length > 0) throw unlistedError([...new Set(unlisted)], 'no change can be planned')
  return wanted as WantedMachine
}
