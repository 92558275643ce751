import type { ClassGroup } from '../grouped-fleet.js'

/** A figure in whole numbers that is minimised before the cost of moves. */
export interface CompactAim {
  /** What a GPU adds that keeps so many of its instances. */
  readonly ofKept: (classGroup: ClassGroup, kept: number) => number
  /** What an empty GPU adds when something comes to it. */
  readonly ofFilled: number
}

/** Counts GPUs in use. */
export const fewestGpus: CompactAim = {
  ofKept: (_classGroup, kept) => Number(kept > 0),
  ofFilled: 1,
}

/** Counts instances on GPUs that are drained. */
export const fewestLeft: CompactAim = {
  ofKept: ({ accessGroup }, kept) => (accessGroup.isDrained ? kept : 0),
  ofFilled: 0,
}
