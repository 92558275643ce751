/** A column of a linear program: its entries other than 0. */
export interface Column {
  readonly rows: readonly number[]
  readonly values: readonly number[]
}

/** How much longer a search may work. The search spends from it after every step. */
export interface Budget {
  /** Counts work of about so many microseconds. False: the search has to stop. */
  readonly spend: (amount: number) => boolean
}

export type SimplexEnd = 'optimal' | 'infeasible' | 'stopped'

export interface SavedBasis {
  readonly basis: Int32Array
  readonly inverse: Float64Array
  readonly right: Float64Array
}
