import { numberAt } from '../../model/numbers.js'
import { type BitSet, createBitSet } from './bit-set.js'
import type { LayoutTable } from './layout-table.js'
import type { Ranking } from './ranking.js'

/**
 * GPUs of one geometry, by their layout. A search for a place visits the layouts that some GPU has,
 * whatever the number of GPUs. In a layout, the first GPU of the list is taken.
 */
export interface GpuBuckets {
  readonly table: LayoutTable
  readonly layoutOf: Int32Array
  /** By layout. */
  readonly gpuCounts: Int32Array
  /** The first layout from `from` on that some GPU has; -1: there is none. */
  readonly nextLayout: (from: number) => number
  readonly ranking: () => Ranking
  readonly rankBy: (ranking: Ranking) => void
  /** The best layout that some GPU has and that takes the profile; -1: there is none. */
  readonly best: (position: number) => number
  /** The next best layout after this one; -1: there is none. */
  readonly nextBest: (position: number, layout: number) => number
  /** The first GPU with this layout from `from` on; -1: there is none. */
  readonly firstGpu: (layout: number, from: number) => number
  readonly setLayout: (gpu: number, layout: number) => void
  /** The GPU is found again, with its layout of `layoutOf`. */
  readonly open: (gpu: number) => void
  /** The GPU keeps its layout, but is no longer found. */
  readonly close: (gpu: number) => void
}

/** The GPUs at the start, by number. Without this, all are empty and open. */
interface StartingGpus {
  readonly layouts: ArrayLike<number>
  readonly isOpen: (gpu: number) => boolean
}

export function createGpuBuckets(
  table: LayoutTable,
  size: number,
  firstRanking: Ranking,
  start: StartingGpus | null = null,
): GpuBuckets {
  const { count } = table
  const positions = table.tables.profiles.length
  const layoutOf = new Int32Array(size)
  const gpuCounts = new Int32Array(count)
  const members: (BitSet | undefined)[] = new Array<BitSet | undefined>(count).fill(undefined)
  const inUse = createBitSet(count)
  let ranking = firstRanking
  let filled: readonly BitSet[] = []

  const show = (layout: number): void => {
    inUse.add(layout)
    for (let position = 0; position < positions; position += 1) {
      const rank = numberAt(ranking.rankOf, position * count + layout)
      if (rank >= 0) filled[position]?.add(rank)
    }
  }
  const hide = (layout: number): void => {
    inUse.remove(layout)
    for (let position = 0; position < positions; position += 1) {
      const rank = numberAt(ranking.rankOf, position * count + layout)
      if (rank >= 0) filled[position]?.remove(rank)
    }
  }
  const enter = (gpu: number, layout: number): void => {
    let bucket = members[layout]
    if (bucket === undefined) {
      bucket = createBitSet(size)
      members[layout] = bucket
    }
    bucket.add(gpu)
    layoutOf[gpu] = layout
    const others = numberAt(gpuCounts, layout)
    gpuCounts[layout] = others + 1
    if (others === 0) show(layout)
  }
  const layoutFrom = (position: number, from: number): number => {
    const rank = filled[position]?.next(from) ?? -1
    return rank < 0 ? -1 : numberAt(ranking.layoutAt, position * count + rank)
  }

  const rankBy = (next: Ranking): void => {
    ranking = next
    filled = Array.from({ length: positions }, () => createBitSet(count))
    for (let layout = 0; layout < count; layout += 1) {
      if (numberAt(gpuCounts, layout) > 0) show(layout)
    }
  }
  rankBy(firstRanking)
  for (let gpu = 0; gpu < size; gpu += 1) {
    const layout = start?.layouts[gpu] ?? 0
    if (start === null || start.isOpen(gpu)) enter(gpu, layout)
    else layoutOf[gpu] = layout
  }
  const leave = (gpu: number): void => {
    const layout = numberAt(layoutOf, gpu)
    members[layout]?.remove(gpu)
    const left = numberAt(gpuCounts, layout) - 1
    gpuCounts[layout] = left
    if (left === 0) hide(layout)
  }

  return {
    table,
    layoutOf,
    gpuCounts,
    nextLayout: inUse.next,
    ranking: () => ranking,
    rankBy,
    best: (position) => layoutFrom(position, 0),
    nextBest: (position, layout) =>
      layoutFrom(position, numberAt(ranking.rankOf, position * count + layout) + 1),
    firstGpu: (layout, from) => members[layout]?.next(from) ?? -1,
    setLayout: (gpu, layout) => {
      leave(gpu)
      enter(gpu, layout)
    },
    open: (gpu) => enter(gpu, numberAt(layoutOf, gpu)),
    close: leave,
  }
}
