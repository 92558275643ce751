import type { Geometry, Placement } from '../model/geometry.js'
import type { LayoutInfeasible } from './explain.js'
import type { Layout, Partition, PlacedComputeInstance } from './layout.js'
import type { GeometryTables } from './tables.js'

/** What one GPU shall become. */
export interface RepartitionProblem {
  readonly gpu: Geometry | GeometryTables
  /** What is on it. Default: nothing. */
  readonly current?: Layout
  readonly wanted: Partition
  /**
   * Instances of `current` that may never go, beside those marked in `current` itself. Of an entry
   * with compute instances, those stay, and their GPU instance with them; of one without, the GPU
   * instance with all that is in it.
   */
  readonly pinned?: Layout
  /** Likewise: instances that go only where the wanted partition leaves no room for them. */
  readonly busy?: Layout
  /** Decides between targets that keep as much, in place of the number of changes. */
  readonly costs?: ChangeCosts
  /**
   * Make before break: of every device that is wanted and has to move, the new one is there before
   * the old one goes.
   */
  readonly live?: boolean
}

/** Costs are whole numbers from 0, in a unit of your choice. */
export interface ProfileCosts {
  readonly profileId: number
  /** Default: 1 */
  readonly create?: number
  /** Default: 1 */
  readonly destroy?: number
  /** What it costs more when one goes and another of the profile is created for it. Default: 0 */
  readonly move?: number
}

/** Of one GPU instance of `current`, in place of its profile's. */
export interface InstanceCosts {
  readonly placement: Placement
  readonly destroy?: number
  readonly move?: number
}

/** What changes of GPU instances cost. Without any, each creation and each destruction costs 1. */
export interface ChangeCosts {
  readonly profiles?: readonly ProfileCosts[]
  readonly instances?: readonly InstanceCosts[]
}

/** A GPU instance, by what and where it is. */
export interface GpuInstancePlace {
  readonly profileId: number
  readonly placement: Placement
}

/** Why a step is taken. */
export type StepReason =
  /** More of it are there than wanted. */
  | { readonly kind: 'not-wanted' }
  /** It lies where this one is created: a GPU instance, or a compute instance in the same GPU instance. */
  | {
      readonly kind: 'in-the-way'
      readonly of: GpuInstancePlace
      /** Null where the GPU instance itself needs the room. */
      readonly computeInstance: PlacedComputeInstance | null
    }
  | { readonly kind: 'wanted' }
  /** One of its profile goes, another comes. */
  | { readonly kind: 'moved'; readonly from: Placement; readonly to: Placement }

/** Where a step happens, and why. */
interface StepWithReason {
  readonly gpuInstance: GpuInstancePlace
  readonly reason: StepReason
}

/** One change of a GPU. */
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

/** A device that is wanted and goes before the one that stands in for it can be there. */
export interface LiveStop {
  /** The step that takes it away, by its index in `steps`. */
  readonly step: number
  readonly gpuInstance: GpuInstancePlace
  readonly sliceCount: number
  /**
   * Why: for each place that a GPU instance of its profile could have, what lies in the way at that
   * moment; nothing where the limits of the GPU forbid another one.
   */
  readonly starts: readonly {
    readonly start: number
    readonly blockedBy: readonly GpuInstancePlace[]
  }[]
}

/** Whether every device that has to move is made before it is broken. */
export interface LiveOrder {
  readonly kind: 'live' | 'stops'
  /** Devices that are created beyond those that are new. One may move more than once. */
  readonly moves: number
  /** None where `kind` is `live`. */
  readonly stops: readonly LiveStop[]
  /**
   * No order to any target does with fewer stops. False only where there were too many to try: a
   * question about many partial compute instances.
   */
  readonly proven: boolean
}

/** The layout to come, and the way there. */
export interface Repartition {
  readonly kind: 'repartition'
  /**
   * The target, in ascending order of placement. Pinned instances are in it. Of all layouts with the
   * wanted devices it keeps the most busy compute instances where they are, then the most compute
   * instances, then the most GPU instances, then costs the least or has the fewest GPU instances,
   * then leaves the most room (the number of different partitions of GPU instances that could still
   * be added to it), then has the lowest starts.
   *
   * Of a live one the way counts first: the fewest stops, then the fewest busy compute instances
   * destroyed, then the fewest moves.
   */
  readonly layout: Layout
  /** The way there. Every prefix leaves a legal layout. */
  readonly steps: readonly RepartitionStep[]
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
  /** Busy instances that go, as they are in `current`. */
  readonly lostBusy: Layout
  /** Of the target, by `costs`; without those, the GPU instances created and destroyed. */
  readonly cost: number
  /** Null unless `live` was asked for. */
  readonly live: LiveOrder | null
}

/** Look at its `kind`. */
export type RepartitionResult = Repartition | LayoutInfeasible

/** An order of creation that needs no placements: the driver puts each instance where the layout has it. */
export interface CreationOrder {
  readonly kind: 'order'
  readonly instances: Layout
}

/** What of a layout is there, and where the driver would put what is still missing. */
export interface CreationState {
  readonly created: Layout
  /** Placement null: the driver refuses. */
  readonly next: readonly { readonly profileId: number; readonly placement: Placement | null }[]
}

/** The proof: from no state that can be reached, the first of which has nothing created, is there a way to the layout. */
export interface NoCreationOrder {
  readonly kind: 'no-order'
  readonly reached: readonly CreationState[]
}
