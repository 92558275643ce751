import type { FleetRequest } from '../../../types/fleet/pack.js'
import { namesModel } from '../../model/model-word.js'
import { numberAt } from '../../model/numbers.js'
import type { FleetPool, OnlineGpu } from './fleet-state.js'

/** A condition on GPUs beside what they can still take. */
export type GpuFilter = (gpu: OnlineGpu) => boolean

export interface BestPlace {
  readonly gpu: OnlineGpu
  /** Number of the place; -1: the whole GPU. */
  readonly place: number
  readonly position: number
}

/**
 * The best place that could take the request. GPUs of its own reservation come before those without one.
 * Then count the profile with the least memory, the best score of the policy, the pool, and in it the
 * layout and the place as `Ranking` orders them. Among equal GPUs, the first of the fleet's list is taken.
 */
export function findBestPlace(
  pools: readonly FleetPool[],
  /** Positions of profiles by model, the best first. */
  options: readonly (readonly number[])[],
  request: Pick<FleetRequest, 'reservation' | 'wholeGpu' | 'where'>,
  filter: GpuFilter | null,
): BestPlace | null {
  let best: BestPlace | null = null
  let bestReserved = false
  let bestMemory = 0
  let bestScore = 0
  for (const pool of pools) {
    if (!mayEnterPool(pool, request)) continue
    const reserved = pool.reservation !== undefined
    if (best !== null && bestReserved && !reserved) continue
    const found = findBestInPool(pool, options[pool.model.number] ?? [], filter)
    if (found === null) continue
    const { memory, score } = found
    const better =
      best === null ||
      (reserved && !bestReserved) ||
      memory < bestMemory ||
      (memory === bestMemory && score < bestScore)
    if (!better) continue
    best = found
    bestReserved = reserved
    bestMemory = memory
    bestScore = score
  }
  return best
}

/** Whether the request may enter the pool, as far as all of its GPUs agree. */
export function mayEnterPool(
  { reservation, capacity, modelName }: FleetPool,
  request: Pick<FleetRequest, 'reservation' | 'wholeGpu' | 'where'>,
): boolean {
  const models = request.where?.models
  return (
    (reservation === undefined || reservation === request.reservation) &&
    (capacity.kind === 'whole') === (request.wholeGpu === true) &&
    (models === undefined || (modelName !== null && namesModel(models, modelName)))
  )
}

interface ScoredPlace extends BestPlace {
  readonly memory: number
  readonly score: number
}

function findBestInPool(
  { capacity, gpus, model }: FleetPool,
  options: readonly number[],
  filter: GpuFilter | null,
): ScoredPlace | null {
  if (capacity.kind === 'whole') {
    for (let number = capacity.free.next(0); number >= 0; number = capacity.free.next(number + 1)) {
      const gpu = gpus[number]
      if (gpu === undefined) return null
      if (filter === null || filter(gpu)) {
        return { gpu, place: -1, position: model.tables.profiles.length, memory: 0, score: 0 }
      }
    }
    return null
  }
  const { table, buckets } = capacity
  for (const position of options) {
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
            memory,
            score: numberAt(scoreOf, index),
          }
        }
        number = buckets.firstGpu(layout, number + 1)
      }
    }
  }
  return null
}
