import { type BitSet, createBitSet } from '../layouts/bit-set.js'
import type { FleetPool, Holding, IdleInstances, OnlineGpu } from './fleet-state.js'
import type { GpuFilter } from './scored-place.js'

/** Idle instances of a pool by place, so that the first one of a profile is found at once. */
export function createIdleInstances(size: number): IdleInstances {
  const ofPlace: (BitSet | undefined)[] = []
  const idle: IdleInstances = {
    count: 0,
    change: (place, gpu, by) => {
      const gpus = ofPlace[place] ?? createBitSet(size)
      ofPlace[place] = gpus
      if (by === 1) gpus.add(gpu)
      else gpus.remove(gpu)
      idle.count += by
    },
    next: (place, from) => ofPlace[place]?.next(from) ?? -1,
  }
  return idle
}

/** The idle instance of this profile on the first GPU that has one and meets the condition; null: there is none. */
export function findIdle(
  { idle, gpus, model }: FleetPool,
  position: number,
  filter: GpuFilter | null,
): Holding | null {
  let best: OnlineGpu | null = null
  let bestPlace = -1
  for (const { number: place } of model.tables.profiles[position]?.placements ?? []) {
    let number = idle.next(place, 0)
    for (; number >= 0; number = idle.next(place, number + 1)) {
      if (best !== null && number >= best.number) break
      const gpu = gpus[number]
      if (gpu === undefined || (filter !== null && !filter(gpu))) continue
      best = gpu
      bestPlace = place
      break
    }
  }
  return best === null ? null : findIdleAt(best, bestPlace)
}

/** The idle instance at exactly this place; null: there is none. */
export function findIdleAt({ held }: OnlineGpu, place: number): Holding | null {
  return held.find((each) => each.idle && each.place === place) ?? null
}

/** The idle instances that are in the way of a place; null: something else is, too. */
export function findClearing(gpu: OnlineGpu, place: number): readonly Holding[] | null {
  const { capacity, model } = gpu.pool
  if (capacity.kind === 'whole') return null
  const { places } = model.tables
  const mask = places[place]?.mask ?? 0
  const inTheWay = gpu.held.filter((each) => ((places[each.place]?.mask ?? 0) & mask) !== 0)
  if (!inTheWay.every(mayClear)) return null
  const { next, previous, placeCount } = capacity.table
  const start = capacity.buckets.layoutOf[gpu.number] ?? 0
  const layoutWithout = (gone: readonly Holding[]): number =>
    gone.reduce((at, each) => previous[at * placeCount + each.place] ?? -1, start)
  const fits = (gone: readonly Holding[]): boolean =>
    (next[layoutWithout(gone) * placeCount + place] ?? -1) >= 0
  const found = inTheWay.toSorted((a, b) => a.place - b.place)
  if (fits(found)) return found
  // Limits beside memory, such as the number of instances, may need more of them to go.
  const others = gpu.held.filter((each) => mayClear(each) && !inTheWay.includes(each))
  for (const set of subsetsBySize(others)) {
    const gone = [...found, ...set].sort((a, b) => a.place - b.place)
    if (fits(gone)) return gone
  }
  return null
}

function mayClear({ idle, pinned }: Holding): boolean {
  return idle && !pinned
}

function subsetsBySize(all: readonly Holding[]): readonly (readonly Holding[])[] {
  const ordered = all.toSorted((a, b) => a.place - b.place)
  return Array.from({ length: 2 ** ordered.length - 1 }, (_, index) =>
    ordered.filter((_each, bit) => (((index + 1) >>> bit) & 1) === 1),
  ).sort((a, b) => a.length - b.length)
}
