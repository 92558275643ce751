import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import type { GpuBuckets } from '../layouts/gpu-buckets.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import type { Holding, OnlineGpu } from './fleet-state.js'
import type { Options } from './request-options.js'

/** The smallest sets of what a GPU holds whose release makes room for the request on this GPU. */
export function createReleaseSets(
  options: Options,
  mostReleases: number,
): (gpu: OnlineGpu) => readonly (readonly Holding[])[] {
  const known = new Map<LayoutTable, Map<number, readonly (readonly number[])[]>>()
  return ({ pool: { capacity, model }, number, held }) => {
    if (capacity.kind === 'whole') return held.length === 0 ? [] : [held]
    const { table, buckets } = capacity
    const layout = numberAt(buckets.layoutOf, number)
    const ofTable = cached(known, table, () => new Map<number, readonly (readonly number[])[]>())
    const sets = cached(ofTable, layout, () => {
      const places = held.map(({ place }) => place).sort((a, b) => a - b)
      return listSets(buckets, layout, places, options[model.number] ?? [], mostReleases)
    })
    return sets.map((set) =>
      set.flatMap((place) => held.find((each) => each.place === place) ?? []),
    )
  }
}

function listSets(
  { table, ranking }: GpuBuckets,
  layout: number,
  places: readonly number[],
  positions: readonly number[],
  mostReleases: number,
): readonly (readonly number[])[] {
  const { count, placeCount, previous } = table
  const { placeOf } = ranking()
  const takes = (at: number): boolean =>
    positions.some((position) => numberAt(placeOf, position * count + at) >= 0)
  const found: number[] = []
  for (const set of bySize(places.length)) {
    if (sizeOf(set) > mostReleases) break
    if (found.some((smaller) => (smaller & set) === smaller)) continue
    let left = layout
    for (const [index, place] of places.entries()) {
      if (((set >>> index) & 1) === 1) left = numberAt(previous, left * placeCount + place)
    }
    if (takes(left)) found.push(set)
  }
  return found.map((set) => places.filter((_place, index) => ((set >>> index) & 1) === 1))
}

function bySize(members: number): readonly number[] {
  const sets = Array.from({ length: 2 ** members - 1 }, (_, index) => index + 1)
  return sets.sort((a, b) => sizeOf(a) - sizeOf(b) || a - b)
}

function sizeOf(set: number): number {
  let size = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) size += 1
  return size
}
