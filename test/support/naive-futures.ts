import { countsOf, type NaiveGpu } from './naive-gpu.js'

/** What every layout can still take: for each legal set, its parts, and what the rest is by profile. */
export interface Futures {
  /** Whether instances (by profile) can be added to the set. */
  readonly canAdd: (set: number, counts: readonly number[]) => boolean
  /** How many partitions the set can still take, the empty one included; 0 of a set that is not legal. */
  readonly count: (set: number) => number
  /** Every partition that the set can still take, by profile. */
  readonly of: (set: number) => readonly (readonly number[])[]
}

const known = new WeakMap<NaiveGpu, Futures>()

export function futuresOf(gpu: NaiveGpu): Futures {
  const futures = known.get(gpu) ?? listFutures(gpu)
  known.set(gpu, futures)
  return futures
}

function listFutures(gpu: NaiveGpu): Futures {
  const bySet = new Map<number, Map<string, readonly number[]>>()
  const counts = new Map(gpu.sets.map((set) => [set, countsOf(gpu, set)]))
  for (const whole of gpu.sets) {
    for (let part = whole; ; part = (part - 1) & whole) {
      const rest = counts.get(whole & ~part) ?? []
      const future = bySet.get(part) ?? new Map<string, readonly number[]>()
      bySet.set(part, future.set(rest.join(), rest))
      if (part === 0) break
    }
  }
  return {
    canAdd: (set, wanted) => bySet.get(set)?.has(wanted.join()) ?? false,
    count: (set) => bySet.get(set)?.size ?? 0,
    of: (set) => [...(bySet.get(set)?.values() ?? [])],
  }
}
