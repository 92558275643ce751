import type {
  FleetCertificate,
  FleetPattern,
  FleetPlacement,
  FleetPrices,
  FleetUnplaced,
} from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import { type GroupedProblem, isIdleGroup } from '../model/grouped-problem.js'
import { gpuName } from '../model/member-name.js'
import type { DemandPrices } from '../program/price-bound.js'
import type { ClassBound } from './class-prices.js'
import type { PackedClasses } from './packed-classes.js'
import type { ServedDemands } from './pool-profiles.js'

/** Turns prices by demand into prices by entry, because the caller knows no demands. */
export function toCertificate(
  { demandOf }: GroupedProblem,
  kind: FleetCertificate['kind'],
  { lowerBound, prices }: ClassBound,
): FleetCertificate {
  return {
    kind,
    lowerBound,
    unplacedValue: toPrices(prices.unplacedValue, demandOf),
    gpus: toPrices(prices.gpus, demandOf),
    cost: toPrices(prices.cost, demandOf),
  }
}

export function toPrices(found: DemandPrices | null, demandOf: Int32Array): FleetPrices | null {
  if (found === null) return null
  const { unplacedValue, gpus, cost } = found.weights
  const weights = { unplacedValue, gpus, cost }
  return { prices: pricesByEntry(found.prices, demandOf), denominator: found.denominator, weights }
}

function pricesByEntry(prices: readonly number[], demandOf: Int32Array): readonly number[] {
  const byEntry = new Array<number>(demandOf.length)
  for (let entry = 0; entry < demandOf.length; entry += 1) {
    byEntry[entry] = prices[numberAt(demandOf, entry)] ?? 0
  }
  return byEntry
}

/** The requests that are not placed, by entry. The last entries of a demand are left out first. */
export function listUnplaced(
  { problem }: GroupedProblem,
  { demands }: Pick<ServedDemands, 'demands'>,
  { unplaced }: PackedClasses['assignment'],
): readonly FleetUnplaced[] {
  const lists: FleetUnplaced[] = []
  for (const [number, { entries }] of demands.entries()) {
    let left = unplaced[number] ?? 0
    for (let index = entries.length - 1; index >= 0 && left > 0; index -= 1) {
      const entry = entries[index] ?? 0
      const count = Math.min(left, problem.requests[entry]?.count ?? 1)
      if (count > 0) lists.push({ entry, count })
      left -= count
    }
  }
  return lists.sort((a, b) => a.entry - b.entry)
}

export function listPatternsUsed({ uses }: PackedClasses): readonly FleetPattern[] {
  return uses.map(({ column: { group, pattern }, count }) => {
    const { profiles } = group.model.tables
    return {
      like: group.members[0]?.position ?? 0,
      gpuCount: count,
      instances: pattern.flatMap((each, position) => {
        const profileId = profiles[position]?.profile.id ?? null
        return each === 0 ? [] : [{ profileId, count: each }]
      }),
      ...(isIdleGroup(group) && { reused: true }),
    }
  })
}

/** The patterns of named placements. */
export function countPatterns(
  { gpus }: GroupedProblem,
  placements: readonly FleetPlacement[],
): readonly FleetPattern[] {
  const countsByGpu = new Map<string, Map<number | null, number>>()
  for (const { gpu, profileId } of placements) {
    const counts = cached(countsByGpu, gpu, () => new Map<number | null, number>())
    counts.set(profileId, (counts.get(profileId) ?? 0) + 1)
  }
  const patterns = new Map<string, FleetPattern & { gpuCount: number }>()
  for (const { gpu, position, model, state, count } of gpus) {
    for (let index = 0; index < count; index += 1) {
      const counts = countsByGpu.get(gpuName(gpu, index))
      if (counts === undefined) continue
      const instances = [...counts]
        .map(([profileId, each]) => ({ profileId, count: each }))
        .sort((a, b) => (a.profileId ?? -1) - (b.profileId ?? -1))
      const key = JSON.stringify([model.number, state, instances])
      const pattern = cached(patterns, key, () => ({ like: position, gpuCount: 0, instances }))
      pattern.gpuCount += 1
    }
  }
  return [...patterns.values()]
}
