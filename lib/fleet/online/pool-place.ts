import { numberAt } from '../../model/numbers.js'
import { findPlaceToClear } from './clear-place.js'
import type { FleetPool } from './fleet-state.js'
import { findIdle } from './idle-instances.js'
import { type GpuFilter, nothingGone, type PlaceSearch, type ScoredPlace } from './scored-place.js'

/** The place that the policy prefers. */
export function findPlaceInPool(
  pool: FleetPool,
  options: readonly number[],
  search: PlaceSearch,
): ScoredPlace | null {
  const { filter } = search
  const { capacity, gpus, model } = pool
  if (capacity.kind === 'whole') {
    for (let number = capacity.free.next(0); number >= 0; number = capacity.free.next(number + 1)) {
      const gpu = gpus[number]
      if (gpu === undefined) return null
      if (filter === null || filter(gpu)) {
        const position = model.tables.profiles.length
        return { gpu, place: -1, position, rank: 1, gone: nothingGone, memory: 0, score: 0 }
      }
    }
    return null
  }
  const hasIdle = pool.idle.count > 0
  for (const position of options) {
    const idle = hasIdle ? takeIdle(pool, position, filter) : null
    const found = idle ?? findNewPlace(pool, position, filter)
    if (found !== null) return found
    const cleared = hasIdle && search.clearIdle ? findPlaceToClear(pool, position, filter) : null
    if (cleared !== null) return cleared
  }
  return null
}

/** An idle instance of this profile. Null: there is none. */
export function takeIdle(
  pool: FleetPool,
  position: number,
  filter: GpuFilter | null,
): ScoredPlace | null {
  const found = findIdle(pool, position, filter)
  if (found === null) return null
  const memory = pool.model.tables.profiles[position]?.profile.memoryMiB ?? 0
  const { gpu, place } = found
  return { gpu, place, position, rank: 0, gone: [found], memory, score: 0 }
}

function findNewPlace(
  { capacity, gpus }: FleetPool,
  position: number,
  filter: GpuFilter | null,
): ScoredPlace | null {
  if (capacity.kind === 'whole') return null
  const { table, buckets } = capacity
  let layout = buckets.best(position)
  for (; layout >= 0; layout = buckets.nextBest(position, layout)) {
    let number = buckets.firstGpu(layout, 0)
    while (number >= 0) {
      const gpu = gpus[number]
      if (gpu !== undefined && (filter === null || filter(gpu))) {
        const { placeOf, scoreOf } = buckets.ranking()
        const memory = table.tables.profiles[position]?.profile.memoryMiB ?? 0
        const index = position * table.count + layout
        return {
          gpu,
          place: numberAt(placeOf, index),
          position,
          rank: 1,
          gone: nothingGone,
          memory,
          score: numberAt(scoreOf, index),
        }
      }
      number = buckets.firstGpu(layout, number + 1)
    }
  }
  return null
}
