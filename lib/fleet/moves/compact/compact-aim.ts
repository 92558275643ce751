import type { ClassGroup } from '../grouped-fleet.js'

/** What is counted and made smallest before the cost of moves. Whole numbers. */
export interface CompactAim {
  /** Of a GPU that keeps so many of its instances. */
  readonly ofKept: (classGroup: ClassGroup, kept: number) => number
  /** Of an empty GPU that something comes to. */
  readonly ofFilled: number
}

/** GPUs in use. */
export const fewestGpus: CompactAim = {
  ofKept: (_cell, kept) => Number(kept > 0),
  ofFilled: 1,
}

/** Instances on GPUs that are drained. */
export const fewestLeft: CompactAim = {
  ofKept: ({ accessGroup }, kept) => (accessGroup.isDrained ? kept : 0),
  ofFilled: 0,
}
