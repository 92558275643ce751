import type { FleetRequest } from '../../../types/fleet/pack.js'
import { namesModel } from '../../model/model-word.js'
import type { FleetPool } from './fleet-state.js'
import { findLastingPlace, type Lasting } from './lasting-place.js'
import { findPlaceInPool } from './pool-place.js'
import type { BestPlace, PlaceSearch } from './scored-place.js'

/**
 * The best place that could take the request. GPUs of its own reservation come before those without one.
 * Then count the profile with the least memory, whether an idle instance is taken, a new one created or others are
 * cleared for it, the best score of the policy, the pool, and in it the layout and the place as `Ranking` orders them. Among equal GPUs, the first of the fleet's list is taken.
 * `lasting`: requests have said when they end, and the score of a place counts for as long as the instance is there.
 */
export function findBestPlace(
  pools: readonly FleetPool[],
  /** Positions of profiles by model, the best first. */
  options: readonly (readonly number[])[],
  request: Pick<FleetRequest, 'reservation' | 'wholeGpu' | 'where'>,
  search: PlaceSearch & { readonly lasting: Lasting | null },
): BestPlace | null {
  let best: BestPlace | null = null
  let bestReserved = false
  let bestMemory = 0
  let bestRank = 0
  let bestScore = 0
  const { lasting } = search
  for (const pool of pools) {
    if (!mayEnterPool(pool, request)) continue
    const reserved = pool.reservation !== undefined
    if (best !== null && bestReserved && !reserved) continue
    const positions = options[pool.model.number] ?? []
    const found =
      lasting === null || pool.capacity.kind === 'whole'
        ? findPlaceInPool(pool, positions, search)
        : findLastingPlace(pool, positions, { ...search, lasting })
    if (found === null) continue
    const { memory, rank, score } = found
    const better =
      best === null ||
      (reserved && !bestReserved) ||
      memory < bestMemory ||
      (memory === bestMemory && (rank < bestRank || (rank === bestRank && score < bestScore)))
    if (!better) continue
    best = found
    bestReserved = reserved
    bestMemory = memory
    bestRank = rank
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
