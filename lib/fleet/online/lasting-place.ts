import { numberAt } from '../../model/numbers.js'
import { findPlaceToClear } from './clear-place.js'
import type { EndsNow, Stay } from './expected-ends.js'
import type { FleetPool, OnlineGpu } from './fleet-state.js'
import { type Leaving, lastingLoss } from './lasting-loss.js'
import { takeIdle } from './pool-place.js'
import { nothingGone, type PlaceSearch, type ScoredPlace } from './scored-place.js'

export interface Lasting {
  /** The stay of the request. Null: the request has no end. */
  readonly stay: Stay | null
  readonly now: EndsNow
}

// GPUs of one layout differ in their ends, so several are compared. More of them than these gain nothing measurable.
const mostGpus = 256
const mostOfLayout = 16

/** The place with the least loss over its time, on the GPUs whose layouts the policy prefers. */
export function findLastingPlace(
  pool: FleetPool,
  positions: readonly number[],
  { filter, clearIdle, lasting }: PlaceSearch & { readonly lasting: Lasting },
): ScoredPlace | null {
  const { capacity, gpus } = pool
  if (capacity.kind === 'whole') return null
  const hasIdle = pool.idle.count > 0
  const { table, buckets } = capacity
  const { stay, now } = lasting
  const { horizon } = now
  const { score } = buckets.ranking()
  const lasts = now.remaining(stay)
  for (const position of positions) {
    const { profile, placements = [] } = table.tables.profiles[position] ?? {}
    const memory = profile?.memoryMiB ?? 0
    let best: ScoredPlace | null = hasIdle ? takeIdle(pool, position, filter) : null
    if (best !== null) return best
    let compared = 0
    let layout = buckets.best(position)
    for (; layout >= 0 && compared < mostGpus; layout = buckets.nextBest(position, layout)) {
      const last = compared + mostOfLayout
      let number = buckets.firstGpu(layout, 0)
      for (; number >= 0 && compared < last; number = buckets.firstGpu(layout, number + 1)) {
        const gpu = gpus[number]
        if (gpu === undefined || (filter !== null && !filter(gpu))) continue
        compared += 1
        const leaving = listLeaving(gpu, now)
        for (const { number: place } of placements) {
          if (numberAt(table.next, layout * table.placeCount + place) < 0) continue
          const loss = lastingLoss(table, score, { layout, leaving, place, lasts, horizon })
          if (best !== null && loss >= best.score) continue
          best = { gpu, place, position, rank: 1, gone: nothingGone, memory, score: loss }
        }
      }
    }
    if (hasIdle && clearIdle) best ??= findPlaceToClear(pool, position, filter)
    if (best !== null) return best
  }
  return null
}

function listLeaving({ held }: OnlineGpu, now: EndsNow): readonly Leaving[] {
  return held
    .map(({ place, stay }) => ({ place, after: now.remaining(stay) }))
    .sort((a, b) => a.after - b.after || a.place - b.place)
}
