import type { Holding, OnlineGpu } from './fleet-state.js'

/** A condition on GPUs beside what they can still take. */
export type GpuFilter = (gpu: OnlineGpu) => boolean

/** Which places may serve. */
export interface PlaceSearch {
  readonly filter: GpuFilter | null
  /** Whether idle instances may be cleared. */
  readonly clearIdle: boolean
}

export interface BestPlace {
  readonly gpu: OnlineGpu
  /** Number of the place; -1: the whole GPU. */
  readonly place: number
  readonly position: number
  /** 0: an idle instance is taken. 1: a new one is created. Above: one less is the number of those to be cleared before. */
  readonly rank: number
  /** Idle instances that leave: the one that is taken, or those that are cleared. */
  readonly gone: readonly Holding[]
}

export interface ScoredPlace extends BestPlace {
  readonly memory: number
  readonly score: number
}

export const nothingGone: readonly Holding[] = []
