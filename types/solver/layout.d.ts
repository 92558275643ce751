import type { Engines, Placement } from '../model/geometry.js'

/** How many MIG devices of one size are wanted on a GPU. */
export interface WantedDevices {
  /** `GpuInstanceProfile.id` */
  readonly profileId: number
  /** Compute slices of each device; the profile's own `sliceCount` means the full compute instance. */
  readonly sliceCount: number
  readonly count: number
}

/** Sizes of MIG devices and how many of each, without placements. */
export type Partition = readonly WantedDevices[]

/** A compute instance of a layout. Its placement is in compute slices of its GPU instance. */
export interface PlacedComputeInstance {
  readonly sliceCount: number
  /**
   * `size` is the number of slots that the driver lists, which may be more than `sliceCount`: the full
   * compute instance of a 3g of an H100 is at 0:4. Null if the driver does not report it.
   */
  readonly placement: Placement | null
  /**
   * The placement comes from the usual table, because a driver reports this GPU's own table only once a
   * GPU instance of the profile exists. Read that table before use, and let the driver choose if it differs.
   */
  readonly placementAssumed?: true
  /** It must stay, for example because a process uses it. Its GPU instance then stays too. */
  readonly pinned?: boolean
  /** It may go, but only if the wanted partition leaves no place for it. */
  readonly busy?: boolean
}

/** A GPU instance of a layout. Its placement is in memory units of the GPU. */
export interface PlacedGpuInstance {
  readonly profileId: number
  readonly placement: Placement
  readonly computeInstances: readonly PlacedComputeInstance[]
  /** It and every compute instance in it must stay. New compute instances may join them. */
  readonly pinned?: boolean
  /** It and every compute instance in it may go, but only if the wanted partition leaves no place for them. */
  readonly busy?: boolean
}

/** The instances of one GPU, each with its placement. */
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
      /** This GPU instance cannot hold its compute instances together. */
      readonly kind: 'compute-instances'
      readonly instance: PlacedGpuInstance
    }

/** Where GPU instances of one profile could still be created. */
export interface RemainingPlacements {
  readonly profileId: number
  /** Free placements. Each is free alone; two of them may overlap. */
  readonly placements: readonly Placement[]
  /**
   * What `nvidia-smi mig -lgip` shows as free: the number of free placements, limited by the profile's
   * maximum.
   */
  readonly free: number
}
