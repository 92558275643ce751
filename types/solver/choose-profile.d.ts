import type { Engines, Placement } from '../model/geometry.js'
import type { Layout } from './layout.js'

/** What a program needs of one MIG device. What is left out is not needed. */
export interface Needs {
  /** Of the GPU instance, as NVML reports it: a `1g.5gb` has 4864. */
  readonly memoryMiB?: number
  readonly computeSlices?: number
  /** Of the GPU instance. */
  readonly multiprocessors?: number
  readonly engines?: Partial<Engines>
}

/** One thing that is needed. */
export type NeedName = 'memoryMiB' | 'computeSlices' | 'multiprocessors' | keyof Engines

/** The smallest profile that serves, and where it goes. */
export interface ChosenProfile {
  readonly kind: 'profile'
  /**
   * The smallest that serves: the fewest memory units, of those the fewest compute slices, of those
   * the one that leaves the most room, of those the one that the geometry lists first.
   */
  readonly profileId: number
  /** Compute slices of the full device. */
  readonly sliceCount: number
  /**
   * Compute slices of the smallest compute instance in it that has the slices and multiprocessors. Less
   * than `sliceCount` where the memory or the engines made the profile as large as it is: what is left
   * of the GPU instance can then serve others, who share its memory, its engines and its faults.
   */
  readonly enoughSliceCount: number
  /** Where it leaves the most room, the lowest start of equal ones. */
  readonly placement: Placement
  /**
   * How many different partitions of GPU instances could still be added then, the empty one included.
   * Null for a GPU with too many states to count them; no known GPU has.
   */
  readonly room: number | null
  /** Smaller profiles that would serve but have no place beside the layout, the smallest first. */
  readonly blocked: readonly number[]
}

/** Why no profile serves. */
export type NoProfileReason =
  | {
      /** More than any profile has. */
      readonly kind: 'too-much'
      readonly need: NeedName
      readonly wanted: number
      /** The most that a profile has. */
      readonly available: number
    }
  | {
      /** Each need is met by some profile, but all of them by none. */
      readonly kind: 'not-together'
      /** What each profile lacks, in the order of the geometry. */
      readonly lacks: readonly { readonly profileId: number; readonly needs: readonly NeedName[] }[]
    }
  /** These would serve, but none has a place beside the layout; the smallest first. */
  | { readonly kind: 'no-place'; readonly profileIds: readonly number[] }

/** No profile serves, or none has a place. */
export interface NoProfile {
  readonly kind: 'none'
  readonly reason: NoProfileReason
}

/** Of `chooseProfile`. */
export interface ChooseOptions {
  /** What is on the GPU and stays there. Default: nothing. */
  readonly layout?: Layout
}
