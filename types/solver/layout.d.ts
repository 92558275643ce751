import type { Engines, Placement } from '../model/geometry.js'

/** How many MIG devices of one size are wanted on a GPU. */
export interface WantedDevices {
  /** `GpuInstanceProfile.id` */
  readonly profileId: number
  /** Compute slices of each device; the profile's own `sliceCount` means the full compute instance. */
  readonly sliceCount: number
  readonly count: number
}

/** A multiset of sizes, without positions. */
export type Partition = readonly WantedDevices[]

/** A compute instance of a layout. Its place is in compute slices of its GPU instance. */
export interface PlacedComputeInstance {
  readonly sliceCount: number
  /**
   * Its `size` is the number of slots that the driver lists for it, which may be larger than `sliceCount`:
   * a whole 3g of an H100 is at 0:4. Null where the driver cannot tell.
   */
  readonly placement: Placement | null
  /**
   * The place is that of the usual table: this GPU's own is not known before a GPU instance of the
   * profile exists. Look it up before use, and let the driver choose where it differs.
   */
  readonly placementAssumed?: true
  /** May not be touched, say because a process uses it. Its GPU instance then has to stay too. */
  readonly pinned?: boolean
  /** May go, but only where the wanted partition leaves no room for it. */
  readonly busy?: boolean
}

/** A GPU instance of a layout. Its place is in memory units of the GPU. */
export interface PlacedGpuInstance {
  readonly profileId: number
  readonly placement: Placement
  readonly computeInstances: readonly PlacedComputeInstance[]
  /** Neither it nor any compute instance in it may be touched. New ones may join them. */
  readonly pinned?: boolean
  /** It and every compute instance in it may go, but only where the wanted partition leaves no room. */
  readonly busy?: boolean
}

/** A set of placed instances on one GPU. */
export type Layout = readonly PlacedGpuInstance[]

/** One rule of the geometry that a layout breaks. */
export type LayoutFault =
  | { readonly kind: 'unknown-profile'; readonly instance: PlacedGpuInstance }
  | { readonly kind: 'unknown-placement'; readonly instance: PlacedGpuInstance }
  | {
      readonly kind: 'overlap'
      readonly instances: readonly [PlacedGpuInstance, PlacedGpuInstance]
    }
  | {
      readonly kind: 'profile-maximum'
      readonly profileId: number
      readonly count: number
      readonly available: number
    }
  | { readonly kind: 'compute-slices'; readonly count: number; readonly available: number }
  | {
      readonly kind: 'engines'
      readonly engine: keyof Engines
      readonly count: number
      readonly available: number
    }
  | {
      /** The compute instances of this GPU instance cannot be in it together. */
      readonly kind: 'compute-instances'
      readonly instance: PlacedGpuInstance
    }

/** Where GPU instances of one profile could still be created. */
export interface RemainingPlacements {
  readonly profileId: number
  /** Free places, each by itself: two of them may overlap. */
  readonly placements: readonly Placement[]
  /**
   * What `nvidia-smi mig -lgip` shows as free: the number of places, and no more than the profile's
   * maximum leaves.
   */
  readonly free: number
}
