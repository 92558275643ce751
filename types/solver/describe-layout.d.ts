/** One box in a row of a picture. In both rows, starts and sizes are in memory units of the GPU. */
export interface LayoutCell {
  readonly start: number
  readonly size: number
  /**
   * `taken`: an instance has it. `bare`: a GPU instance has it, but no compute instance. `free`: no
   * instance has it. `unusable`: no instance has it, and none can, because no profile fits there beside this
   * layout. `unused`: compute beside the memory of a GPU instance that cannot use it.
   */
  readonly kind: 'taken' | 'bare' | 'free' | 'unusable' | 'unused'
  /** Position of its GPU instance in the layout; null for a cell that no GPU instance has. */
  readonly instance: number | null
}

/** The memory units of one GPU instance, or one memory unit that none has. */
export interface MemoryCell extends LayoutCell {
  /** Such as `3g.20gb`. Null for a cell without instance, and if the geometry does not have the profile. */
  readonly profileName: string | null
  /** Memory of the GPU instance. Null in the same cases. */
  readonly memoryMiB: number | null
}

/** Compute slices of one compute instance, the rest of a GPU instance, or one slice outside of any. */
export interface ComputeCell extends LayoutCell {
  /** The number of compute slices. */
  readonly sliceCount: number
  /** Such as `1c.3g.20gb`, or `3g.20gb` for a full compute instance and for a bare GPU instance. Else null. */
  readonly name: string | null
}

/**
 * A layout as data for a picture: a row of memory units above a row of compute slices, each instance at
 * its place. The cells of a row neither overlap nor leave gaps.
 */
export interface LayoutDescription {
  /** Length of the memory row. */
  readonly memoryUnits: number
  /** Compute slices of the whole GPU. The compute row is `computeSlices * unitsPerSlice` long. */
  readonly computeSlices: number
  /**
   * Memory units beside one compute slice: 3 on an RTX PRO 6000, and 1 on an A100, whose eighth memory
   * unit has no compute slice beside it.
   */
  readonly unitsPerSlice: number
  readonly memory: readonly MemoryCell[]
  readonly compute: readonly ComputeCell[]
  /** Memory units that no GPU instance has, in ascending order. */
  readonly freeUnits: readonly number[]
}
