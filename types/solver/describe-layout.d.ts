/** A piece of a row of a picture. Starts and sizes are in memory units of the GPU, in both rows. */
export interface LayoutCell {
  readonly start: number
  readonly size: number
  /**
   * `taken`: of an instance. `bare`: of a GPU instance, without a compute instance. `free`: of none.
   * `unused`: compute that lies beside the memory of a GPU instance which does not get it.
   */
  readonly kind: 'taken' | 'bare' | 'free' | 'unused'
  /** Position of its GPU instance in the layout; null of a free cell. */
  readonly instance: number | null
}

/** Memory units of one GPU instance, or one that is free. */
export interface MemoryCell extends LayoutCell {
  /** `3g.20gb`; null of a free one, and where the geometry does not know the profile. */
  readonly profileName: string | null
  /** Of the GPU instance; null likewise. */
  readonly memoryMiB: number | null
}

/** Compute slices of one compute instance, those left in a GPU instance, or one that nobody has. */
export interface ComputeCell extends LayoutCell {
  /** How many compute slices it stands for. */
  readonly sliceCount: number
  /** Of a compute instance: `1c.3g.20gb`; of the full one `3g.20gb`. Of a bare GPU instance its own. Else null. */
  readonly name: string | null
}

/**
 * A layout as people draw it: a row of memory units above a row of compute slices, every instance
 * where it sits. Nothing overlaps, and nothing is left out.
 */
export interface LayoutDescription {
  /** Length of the memory row. */
  readonly memoryUnits: number
  /** Of the whole GPU. The compute row is `computeSlices * unitsPerSlice` long. */
  readonly computeSlices: number
  /** Memory units beside one compute slice: 1 on an A100, whose eighth unit has none beside it; 3 on an RTX PRO 6000. */
  readonly unitsPerSlice: number
  readonly memory: readonly MemoryCell[]
  readonly compute: readonly ComputeCell[]
  /** Memory units that no GPU instance has, in ascending order. */
  readonly freeUnits: readonly number[]
}
