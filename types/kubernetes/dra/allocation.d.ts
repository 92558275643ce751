import type { DeviceClass, ResourceClaim } from './objects.js'

/** The cluster around the claims of one pod. */
export interface SimulationOptions {
  /** The classes of the cluster. Default: those of `deviceClasses` for the drivers and the profiles of the slices. */
  readonly classes?: readonly DeviceClass[]
  /** The node on which the pod would be. Default: the only one that the slices have. */
  readonly node?: string
  /** Allocated claims of other pods. */
  readonly others?: readonly ResourceClaim[]
  /**
   * How many devices it may try before it throws `MIG_SOLVER_LIMIT`. The scheduler, which tries them in the same order, gives up after
   * ten seconds. Default: 1,000,000.
   */
  readonly steps?: number
}
