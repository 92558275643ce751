import type { Layout } from './layout.js'
import type { Demand } from './placing.js'

/** A placement in the order in which a node publishes its devices. */
export interface OrderedPlacement {
  /** `GpuInstanceProfile.name` */
  readonly profile: string
  /** `GpuInstanceProfile.id` */
  readonly profileId: number
  /** The first memory unit. */
  readonly start: number
}

/** The requests for which an order is judged. */
export interface OrderQuestion {
  /**
   * What later requests want, and how often. A profile without an entry is never wanted. Default, and without any weight
   * above 0: all profiles equally often.
   */
  readonly demand?: readonly Demand[]
  /** The instances that are there when the order is published. Default: none. */
  readonly layout?: Layout
  /** Judge the first so many requests only, as on a GPU that is never full. Default: until it is full. */
  readonly requests?: number
  /**
   * The load of `longRun`: the memory units that all requests of this GPU would hold on average, over those that
   * it has. From 0.01 to 100. Default: 0.9
   */
  readonly load?: number
}

/** Options of `deviceOrder`. */
export interface DeviceOrderOptions extends OrderQuestion {
  /**
   * What the order makes least:
   * - `fills` (default): the share refused while the GPU fills up. Exact: no order refuses less. Among equal orders, one
   *   that refuses little in the long run.
   * - `long-run`: the share refused while instances come and go, by local search from the order of `fills`.
   */
  readonly minimise?: 'fills' | 'long-run'
  /**
   * The next order is published before the next request comes. The first free place of each profile is then that of the
   * best rule, and following it all the way refuses only `fills.refused.bound`. Not with `long-run`. Default: false
   */
  readonly republished?: boolean
}

/** The same figure for several ways to choose places. */
export interface OrderShares {
  /** In this order. */
  readonly order: number
  /** In the order of names, as NVIDIA's DRA driver lists devices: the lowest start first. */
  readonly lowestStart: number
  /** As HAMi 2.10 chooses: 1g and 3g the highest start, all others the lowest. */
  readonly hami: number
  /** The best rule that may look at all instances before each choice. No order can be better. */
  readonly bound: number
}

/** How many sequences of so many requests fit, and how many of them are not placed as a whole. Each sequence counts once. */
export interface RefusedSequences {
  readonly requests: number
  readonly fitting: number
  readonly order: number
  readonly lowestStart: number
  readonly hami: number
}

/** How much an order refuses of what fits. Shares are between 0 and 1. */
export interface OrderFigures {
  /**
   * A GPU fills up from `layout`, and nothing leaves it. Each request is drawn from the demand among the profiles that
   * would still fit if all instances could move. It ends when none would.
   */
  readonly fills: {
    /** How many requests come, on average. */
    readonly requests: number
    /** The share of those that are refused, or come after a refused one. */
    readonly refused: OrderShares
  }
  /** The same counted, not weighed: all sequences of wanted profiles that fit, by their length. */
  readonly sequences: readonly RefusedSequences[]
  /**
   * Requests come at random times and stay for random times (Poisson, exponential), for ever; what is refused is gone.
   * Exact. Null: the GPU has more than 8,192 layouts or 53 placements.
   */
  readonly longRun: {
    readonly load: number
    /** The share of those requests that is refused although they would fit if all instances could move. */
    readonly refused: OrderShares
  } | null
}

/** The answer of `deviceOrder`. */
export interface DeviceOrder extends OrderFigures {
  /** Every placement of every profile. The smallest profiles come first; only the order within a profile decides. */
  readonly placements: readonly OrderedPlacement[]
  /**
   * Whether no order refuses a smaller share in `fills`; with `republished`, none that begins with the same places. False
   * with `long-run`, and for a GPU whose orders are too many to compare.
   */
  readonly proven: boolean
}
