import type { Geometry, Placement } from '../model/geometry.js'
import type { LayoutInfeasible } from './explain.js'
import type { Layout, Partition, PlacedComputeInstance } from './layout.js'
import type { GeometryTables } from './tables.js'

/** A question to `repartition`: what is on one GPU, and what is wanted on it. */
export interface RepartitionProblem {
  readonly gpu: Geometry | GeometryTables
  /** The instances on the GPU. Default: none. */
  readonly current?: Layout
  /** The MIG devices that the GPU must have in the end, and no others. */
  readonly wanted: Partition
  /**
   * Instances of `current` that must stay, in addition to those marked in `current` itself. An entry
   * with compute instances pins these, and their GPU instance with them. An entry without compute
   * instances pins the GPU instance with everything in it.
   */
  readonly pinned?: Layout
  /** Instances, named as in `pinned`, that go only if the wanted partition leaves no place for them. */
  readonly busy?: Layout
  /** Replaces the number of changes in the choice between targets that keep equally much. */
  readonly costs?: ChangeCosts
  /**
   * Make before break: if a wanted device must move, its replacement is created before the old one is
   * destroyed. Default: false.
   */
  readonly live?: boolean
}

/** What changes of one profile's GPU instances cost: whole numbers from 0, in a unit of your choice. */
export interface ProfileCosts {
  readonly profileId: number
  /** Default: 1 */
  readonly create?: number
  /** Default: 1 */
  readonly destroy?: number
  /** The extra cost of a move: one is destroyed and another of the profile is created. Default: 0 */
  readonly move?: number
}

/** What changes of one GPU instance of `current` cost, in place of its profile's costs. */
export interface InstanceCosts {
  readonly placement: Placement
  readonly destroy?: number
  readonly move?: number
}

/** What changes of GPU instances cost. By default, each creation and each destruction costs 1. */
export interface ChangeCosts {
  readonly profiles?: readonly ProfileCosts[]
  readonly instances?: readonly InstanceCosts[]
}

/** A GPU instance, named by its profile and its placement. */
export interface GpuInstancePlace {
  readonly profileId: number
  readonly placement: Placement
}

/** Why a step is necessary. */
export type StepReason =
  /** There are more instances of this size than wanted. */
  | { readonly kind: 'not-wanted' }
  /** It lies where `of` is created: a GPU instance, or a compute instance in the same GPU instance. */
  | {
      readonly kind: 'in-the-way'
      readonly of: GpuInstancePlace
      /** Null if the GPU instance itself needs the place. */
      readonly computeInstance: PlacedComputeInstance | null
    }
  /** It is wanted, and was not there. */
  | { readonly kind: 'wanted' }
  /** One instance of the profile goes, and another takes its part elsewhere. */
  | { readonly kind: 'moved'; readonly from: Placement; readonly to: Placement }

/** Where a step happens, and why. */
interface StepWithReason {
  readonly gpuInstance: GpuInstancePlace
  readonly reason: StepReason
}

/** One change of a GPU: an instance is created or destroyed. */
export type RepartitionStep =
  | (StepWithReason & { readonly kind: 'create-gpu-instance' })
  | (StepWithReason & { readonly kind: 'destroy-gpu-instance' })
  | (StepWithReason & {
      readonly kind: 'create-compute-instance'
      readonly computeInstance: PlacedComputeInstance
    })
  | (StepWithReason & {
      readonly kind: 'destroy-compute-instance'
      readonly computeInstance: PlacedComputeInstance
    })

/** A wanted device that must be destroyed before its replacement can be created. */
export interface LiveStop {
  /** The step that destroys the device: an index into `steps`. */
  readonly step: number
  readonly gpuInstance: GpuInstancePlace
  readonly sliceCount: number
  /**
   * The reason: what blocks each start of the profile at that moment. `blockedBy` is empty if the
   * limits of the GPU, not the positions, forbid another instance.
   */
  readonly starts: readonly {
    readonly start: number
    readonly blockedBy: readonly GpuInstancePlace[]
  }[]
}

/** Whether each device that must move gets its replacement before it is destroyed. */
export interface LiveOrder {
  readonly kind: 'live' | 'stops'
  /** Devices created in addition to the new ones. A device may move more than once. */
  readonly moves: number
  /** Empty if `kind` is `live`. */
  readonly stops: readonly LiveStop[]
  /**
   * Whether the search proved that no order to any target has fewer stops. False only for questions
   * about many partial compute instances, which have too many orders to try.
   */
  readonly proven: boolean
}

/** The target layout, and the steps from `current` to it. */
export interface Repartition {
  readonly kind: 'repartition'
  /**
   * The target, in ascending order of placement, pinned instances included. It is the best layout with
   * exactly the wanted devices. These criteria decide, in this order: it keeps the most busy compute
   * instances in place, the most compute instances, the most GPU instances; it has the lowest cost
   * (without `costs`, the fewest changes); it leaves the most room; it has the lowest starts. Room is the
   * number of different partitions of GPU instances that can still be added.
   *
   * With `live`, the order of the steps counts first: the fewest stops, then the fewest busy compute
   * instances destroyed, then the fewest moves.
   */
  readonly layout: Layout
  /** The changes from `current` to `layout`, in order. Every prefix leaves a legal layout. */
  readonly steps: readonly RepartitionStep[]
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
  /** Busy instances that the steps destroy, as they are in `current`. */
  readonly lostBusy: Layout
  /** The cost of the changes by `costs`. Without `costs`, the number of GPU instances created and destroyed. */
  readonly cost: number
  /** Null without `live`. */
  readonly live: LiveOrder | null
}

/** The answer of `repartition`; its `kind` says which. */
export type RepartitionResult = Repartition | LayoutInfeasible

/** An order in which the driver, left to choose, puts each instance where the layout has it. */
export interface CreationOrder {
  readonly kind: 'order'
  readonly instances: Layout
}

/** A part of the layout that has been created, and where the driver would put the missing instances. */
export interface CreationState {
  readonly created: Layout
  /** For each missing profile, the driver's choice. `placement` is null if the driver refuses. */
  readonly next: readonly { readonly profileId: number; readonly placement: Placement | null }[]
}

/** The proof that no order exists: every state that can be reached, the first with nothing created. */
export interface NoCreationOrder {
  readonly kind: 'no-order'
  readonly reached: readonly CreationState[]
}
