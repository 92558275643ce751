import type {
  BoundCheck,
  FleetCertificate,
  FleetObjective,
  FleetPrices,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { isPlainObject } from '../../model/check-options.js'
import { copyPlain } from '../../model/copy-plain.js'
import { listServing } from '../model/fleet-request.js'
import { boundByPrices, ceilDivide } from '../program/price-bound.js'
import { type DemandGroup, groupFleet, type PackGroups } from './pack-groups.js'

const mostPrice = 2 ** 45

const figures = ['unplacedValue', 'gpus', 'cost'] as const

/**
 * Whether a certificate proves what it says, worked out from the geometry alone: which sets of instances
 * a GPU can hold is walked anew, and all sums are exact. Throws for a problem that `packFleet` refuses.
 */
export function verifyBound(problem: PackFleetProblem, given: FleetCertificate): BoundCheck {
  const fleet = groupFleet(problem)
  const certificate = copyPlain(given)
  if (!isPlainObject(certificate)) return refuse('no certificate')
  if (!isPlainObject(certificate.lowerBound)) return refuse('no lowerBound')
  const { unplacedValue, gpus, cost } = certificate.lowerBound
  const lowerBound = { unplacedValue, gpus, cost }
  for (const figure of figures) {
    if (Number.isSafeInteger(lowerBound[figure])) continue
    return refuse(`lowerBound.${figure} is no whole number`)
  }
  const proven = { unplacedValue: 0, gpus: fleet.inUse, cost: 0 }
  for (const figure of figures) {
    const claimed = lowerBound[figure]
    const given = certificate[figure]
    if (given !== null) {
      const fault = findFault(fleet, given, figure)
      if (fault !== null) return refuse(`${figure}: ${fault}`)
      proven[figure] = Math.max(
        proven[figure],
        (figure === 'gpus' ? fleet.inUse : 0) + proves(fleet, given, figure, lowerBound),
      )
    }
    if (proven[figure] < claimed) {
      return refuse(`${figure}: the prices prove ${proven[figure]}, not ${claimed}`)
    }
    // A figure that is proven to be larger than claimed leaves nothing to say about the next ones.
    if (proven[figure] > claimed) break
  }
  return { valid: true, lowerBound }
}

function refuse(reason: string): BoundCheck {
  return { valid: false, reason }
}

function findFault(
  { problem }: PackGroups,
  given: FleetPrices,
  figure: (typeof figures)[number],
): string | null {
  if (!isPlainObject(given)) return 'no prices'
  const { prices, denominator, weights } = given
  if (!Array.isArray(prices)) return 'no prices'
  if (prices.length !== problem.requests.length) return 'not one price for each request'
  if (!isPrice(denominator) || denominator === 0) return 'no denominator'
  if (!isPlainObject(weights)) return 'no weights'
  if (!figures.every((each) => isPrice(weights[each]))) return 'a weight is no whole number from 0'
  if (weights[figure] !== denominator) return 'it does not weigh this figure'
  if (figure !== 'cost' && weights.cost !== 0) return 'it weighs a later figure'
  if (figure === 'unplacedValue' && weights.gpus !== 0) return 'it weighs a later figure'
  for (const [entry, price] of prices.entries()) {
    if (!isPrice(price)) return `the price of requests[${entry}] is no whole number from 0`
    const { value = 1 } = problem.requests[entry] ?? {}
    if (BigInt(price) > BigInt(weights.unplacedValue) * BigInt(value)) {
      return `requests[${entry}] costs more than leaving it out`
    }
  }
  return null
}

function isPrice(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < mostPrice
}

function proves(
  fleet: PackGroups,
  { prices, denominator, weights }: FleetPrices,
  figure: (typeof figures)[number],
  lowerBound: FleetObjective,
): number {
  const { demands, priceOf } = regroup(fleet, prices)
  let total = boundByPrices({ ...fleet, demands }, { prices: priceOf, denominator, weights })
  if (figure !== 'unplacedValue') {
    total -= BigInt(weights.unplacedValue) * BigInt(lowerBound.unplacedValue)
  }
  if (figure === 'cost') total -= BigInt(weights.gpus) * BigInt(lowerBound.gpus - fleet.inUse)
  return ceilDivide(total, BigInt(denominator))
}

/** Entries of one kind and one price, with every profile that serves and not only the best. */
function regroup(
  { problem, models, demands, demandOf }: PackGroups,
  prices: readonly number[],
): { readonly demands: readonly DemandGroup[]; readonly priceOf: readonly number[] } {
  const groups: DemandGroup[] = []
  const priceOf: number[] = []
  const byKey = new Map<number, Map<number, DemandGroup>>()
  for (const [entry, request] of problem.requests.entries()) {
    const demand = demands[demandOf[entry] ?? 0]
    const price = prices[entry] ?? 0
    if (demand === undefined) continue
    const ofDemand = byKey.get(demand.number) ?? new Map<number, DemandGroup>()
    byKey.set(demand.number, ofDemand)
    let group = ofDemand.get(price)
    if (group === undefined) {
      const options = listServing(models, request, ['requests', entry])
      group = { ...demand, number: groups.length, entries: [], count: 0, options }
      groups.push(group)
      priceOf.push(price)
      ofDemand.set(price, group)
    }
    group.entries.push(entry)
    group.count += request.count ?? 1
  }
  return { demands: groups, priceOf }
}
