/**
 * What each instance that comes to a GPU pays for its profile there. Any such prices prove a bound: an
 * instance that leaves its place has to pay for another one, and no GPU earns more than the dearest set of
 * instances that it has room for.
 */
export interface FleetPlacePrices {
  /**
   * The price of `profileId` on every GPU that is like `like`, the name of a GPU: of the same geometry, and
   * open to the same instances. A whole number from 0, below 2^45. A profile without an entry costs 0.
   */
  readonly prices: readonly {
    readonly like: string
    readonly profileId: number
    readonly price: number
  }[]
  /**
   * How much the figures count against the prices. `first` is the figure before the cost: GPUs in use,
   * instances left, or moves where `maxMoves` limits them. Whole numbers from 0, below 2^45. If the weight of
   * the figure to be bounded is 0, the prices prove that there is no plan at all.
   */
  readonly weights: { readonly first: number; readonly cost: number }
}

/** What proves the bounds of `compactFleet`. Plain data, safe for JSON. */
export interface CompactionCertificate {
  readonly version: 1
  readonly kind: 'compaction'
  /** What the prices prove: no plan leaves fewer GPUs in use, and none with as few as this costs less. */
  readonly lowerBound: { readonly gpus: number; readonly cost: number }
  /** Null: the bound is 0 GPUs. */
  readonly gpus: FleetPlacePrices | null
  /** Null: the bound is 0. */
  readonly cost: FleetPlacePrices | null
}

/** What proves the bounds of `drainGpus`. Plain data, safe for JSON. */
export interface DrainCertificate {
  readonly version: 1
  readonly kind: 'drain'
  /** What the prices prove: no plan leaves fewer instances, and none that leaves as few as this costs less. */
  readonly lowerBound: { readonly left: number; readonly cost: number }
  /** Null: the bound is what nothing can move. */
  readonly left: FleetPlacePrices | null
  /** Null: the bound is 0. */
  readonly cost: FleetPlacePrices | null
}

/** What proves the answer of `makeRoom`. Plain data, safe for JSON. */
export interface RoomCertificate {
  readonly version: 1
  readonly kind: 'room'
  /** No plan costs less. Null: there is no plan. */
  readonly lowerBound: { readonly cost: number | null }
  /** Null: nothing has to be paid, or a search proves the bound. */
  readonly cost: FleetPlacePrices | null
  /**
   * The number of steps in which `verifyPlan` tries every cheaper plan. Null: prices prove the bound. It is a
   * limit, so that a certificate cannot keep the check busy for ever.
   */
  readonly searchSteps: number | null
}
