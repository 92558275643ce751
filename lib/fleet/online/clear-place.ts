import { numberAt } from '../../model/numbers.js'
import type { FleetPool, OnlineGpu } from './fleet-state.js'
import { readGroups } from './gpu-groups.js'
import { findClearing } from './idle-instances.js'
import type { GpuFilter, ScoredPlace } from './scored-place.js'

/**
 * The place of this profile for which the fewest idle instances have to go. Among equal ones, the score of the policy
 * decides, then the order of the fleet. Null: other things are in the way everywhere.
 */
export function findPlaceToClear(
  pool: FleetPool,
  position: number,
  filter: GpuFilter | null,
): ScoredPlace | null {
  const { capacity, model, idle } = pool
  if (capacity.kind === 'whole' || idle.count === 0) return null
  const { table, buckets } = capacity
  const { next, previous, placeCount } = table
  const { score } = buckets.ranking()
  const { profile, placements = [] } = model.tables.profiles[position] ?? {}
  let best: ScoredPlace | null = null
  // GPUs of a group hold the same, so the first one that may be used stands for them.
  for (const group of readGroups(pool)) {
    const gpu = group.gpus.find((each) => filter === null || filter(each))
    if (gpu === undefined || gpu.cordoned || !gpu.held.some((each) => each.idle)) continue
    const start = buckets.layoutOf[gpu.number] ?? 0
    for (const { number: place } of placements) {
      const cleared = findClearing(gpu, place)
      if (cleared === null || cleared.length === 0) continue
      const rank = cleared.length + 1
      if (best !== null && rank > best.rank) continue
      const layout = cleared.reduce(
        (at, each) => numberAt(previous, at * placeCount + each.place),
        start,
      )
      const value = score(layout, place, numberAt(next, layout * placeCount + place))
      if (best !== null && rank === best.rank && !isBefore(best, value, gpu)) continue
      best = {
        gpu,
        place,
        position,
        memory: profile?.memoryMiB ?? 0,
        score: value,
        rank,
        gone: cleared,
      }
    }
  }
  return best
}

function isBefore(best: ScoredPlace, score: number, gpu: OnlineGpu): boolean {
  return score < best.score || (score === best.score && gpu.number < best.gpu.number)
}
