import type { Engines, Placement } from '../model/geometry.js'
import type { Layout } from './layout.js'

/** What a program needs from one MIG device. It does not need what is left out. */
export interface Needs {
  /** Memory of the GPU instance in MiB, as NVML reports it: a `1g.5gb` has 4864. */
  readonly memoryMiB?: number
  readonly computeSlices?: number
  /** Multiprocessors of the GPU instance. */
  readonly multiprocessors?: number
  readonly engines?: Partial<Engines>
}

/** The name of one need. */
export type NeedName = 'memoryMiB' | 'computeSlices' | 'multiprocessors' | keyof Engines

/** The smallest profile that meets the needs, and the place for its instance. */
export interface ChosenProfile {
  readonly kind: 'profile'
  /**
   * The smallest profile: the one with the fewest memory units, then with the fewest compute slices,
   * then the one that leaves the most room, then the one that the geometry lists first.
   */
  readonly profileId: number
  /** Compute slices of the full device. */
  readonly sliceCount: number
  /**
   * Compute slices of the smallest compute instance in it with enough slices and multiprocessors. It is
   * less than `sliceCount` if the memory or the engines decided the profile. The other slices can then
   * serve other programs, which share the memory, the engines and the faults of the GPU instance.
   */
  readonly enoughSliceCount: number
  /** The placement that leaves the most room; among equal ones, the one with the lowest start. */
  readonly placement: Placement
  /**
   * How many different partitions of GPU instances can still be added then, the empty one included.
   * Null for a GPU with too many states to count; no known GPU has so many.
   */
  readonly room: number | null
  /** Smaller profiles that meet the needs but have no place beside the layout, the smallest first. */
  readonly blocked: readonly number[]
}

/** Why there is no profile for the needs. */
export type NoProfileReason =
  | {
      /** One need is larger than any profile. */
      readonly kind: 'too-much'
      readonly need: NeedName
      readonly wanted: number
      /** The most that any profile has. */
      readonly available: number
    }
  | {
      /** Some profile meets each need, but none meets all of them. */
      readonly kind: 'not-together'
      /** What each profile lacks, in the order of the geometry. */
      readonly lacks: readonly { readonly profileId: number; readonly needs: readonly NeedName[] }[]
    }
  /** These meet the needs, but none has a place beside the layout; the smallest first. */
  | { readonly kind: 'no-place'; readonly profileIds: readonly number[] }

/** No profile meets the needs, or none that does has a place. */
export interface NoProfile {
  readonly kind: 'none'
  readonly reason: NoProfileReason
}

/** Options of `chooseProfile`. */
export interface ChooseOptions {
  /** The instances on the GPU, which stay there. Default: none. */
  readonly layout?: Layout
}
