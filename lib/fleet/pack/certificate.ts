import type { FleetCertificate, FleetPrices } from '../../../types/fleet/pack.js'
import type { DemandPrices } from '../program/price-bound.js'
import type { ClassBound } from './class-stages.js'
import type { PackGroups } from './pack-groups.js'

/** Prices by demand group become prices by entry: the caller knows nothing of groups. */
export function toCertificate(
  { demandOf }: PackGroups,
  kind: FleetCertificate['kind'],
  { lowerBound, prices }: ClassBound,
): FleetCertificate {
  const byEntry = (found: DemandPrices | null): FleetPrices | null =>
    found === null
      ? null
      : {
          prices: spread(found.prices, demandOf),
          denominator: found.denominator,
          weights: found.weights,
        }
  return {
    kind,
    lowerBound,
    unplacedValue: byEntry(prices.unplacedValue),
    gpus: byEntry(prices.gpus),
    cost: byEntry(prices.cost),
  }
}

function spread(prices: readonly number[], demandOf: Int32Array): readonly number[] {
  const byEntry = new Array<number>(demandOf.length)
  for (let entry = 0; entry < demandOf.length; entry += 1) {
    byEntry[entry] = prices[demandOf[entry] as number] ?? 0
  }
  return byEntry
}
