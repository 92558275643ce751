import type {
  BoundCheck,
  FleetCertificate,
  FleetClearedProof,
  FleetPrices,
  PackFleetProblem,
  VerifyBoundOptions,
} from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { isPlainObject } from '../../model/checks/find-fault.js'
import { copyPlain } from '../../model/copy-plain.js'
import { numberAt } from '../../model/numbers.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import { type Figure, figures } from '../model/objective.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { listServing } from '../model/serving-profiles.js'
import { dearestSet } from '../program/dearest-set.js'
import { type DemandPrices, leastCleared, leastProven } from '../program/price-bound.js'
import { groupProblem } from './group-problem.js'
import { valueLeftByRules } from './left-by-rules.js'

const mostPrice = 2 ** 45

/**
 * Checks whether a certificate proves its bound, from the geometry alone. It walks through the sets of
 * instances that a GPU can hold, and all sums are exact. Throws for a problem that `packFleet` refuses.
 */
export function verifyBound(
  problem: PackFleetProblem,
  given: FleetCertificate,
  how: VerifyBoundOptions = {},
): BoundCheck {
  const options = copyPlain(how)
  checkFleetOptions('verifyBound', options)
  const fleet = groupProblem(problem, { clearIdle: options.clearIdle ?? false })
  const certificate = copyPlain(given)
  if (!isPlainObject(certificate)) return refuse('it is no object')
  if (!isPlainObject(certificate.lowerBound)) return refuse('lowerBound is no object')
  const { unplacedValue, gpus, cost } = certificate.lowerBound
  const lowerBound = { unplacedValue, gpus, cost }
  for (const figure of figures) {
    if (Number.isSafeInteger(lowerBound[figure])) continue
    return refuse(`lowerBound.${figure} is not a whole number`)
  }
  const proven = { unplacedValue: valueLeftByRules(fleet.demands), gpus: fleet.inUse, cost: 0 }
  for (const figure of figures) {
    const claimed = lowerBound[figure]
    const given = certificate[figure]
    if (given !== null) {
      const fault = findFault(fleet, given, figure)
      if (fault !== null) return refuse(`${figure}: ${fault}`)
      const { demands, prices } = regroup(fleet, given)
      const least = leastProven({ ...fleet, demands }, prices, figure, lowerBound, dearestSet)
      proven[figure] = Math.max(proven[figure], least)
    }
    if (proven[figure] < claimed) {
      return refuse(`${figure}: the prices prove ${proven[figure]}, not ${claimed}`)
    }
    // If a figure is proven larger than claimed, the later figures do not matter.
    if (proven[figure] > claimed) break
  }
  const { cleared } = certificate
  if (cleared === undefined) return { valid: true, lowerBound }
  if (options.clearIdle !== true) return refuse('cleared: clearIdle is not set')
  const fault = findClearedFault(fleet, cleared)
  return fault === null
    ? { valid: true, lowerBound, cleared: cleared.lowerBound }
    : refuse(`cleared: ${fault}`)
}

function findClearedFault(fleet: GroupedProblem, given: FleetClearedProof): string | null {
  if (!isPlainObject(given)) return 'it is no object'
  const { atMost, lowerBound, prices: asked } = given
  if (!isPlainObject(atMost)) return 'atMost is no object'
  for (const figure of figures) {
    if (!Number.isSafeInteger(atMost[figure])) return `atMost.${figure} is not a whole number`
  }
  if (!Number.isSafeInteger(lowerBound)) return 'lowerBound is not a whole number'
  if (asked === null) return lowerBound > 0 ? 'it has a bound without prices' : null
  const fault = findPricesFault(fleet, asked)
  if (fault !== null) return fault
  const { demands, prices } = regroup(fleet, asked)
  const weights = { ...prices.weights, cleared: prices.denominator }
  const proven = leastCleared({ ...fleet, demands }, { ...prices, weights }, atMost, dearestSet)
  return proven < lowerBound ? `the prices prove ${proven}, not ${lowerBound}` : null
}

function refuse(reason: string): BoundCheck {
  return { valid: false, reason }
}

function findFault(fleet: GroupedProblem, given: FleetPrices, figure: Figure): string | null {
  const fault = findPricesFault(fleet, given)
  if (fault !== null) return fault
  const { denominator, weights } = given
  if (weights[figure] !== denominator) return 'the weight of this figure is not the denominator'
  if (figure !== 'cost' && weights.cost !== 0) return 'the weight of a later figure is not 0'
  if (figure === 'unplacedValue' && weights.gpus !== 0)
    return 'the weight of a later figure is not 0'
  return null
}

function findPricesFault({ problem }: GroupedProblem, given: FleetPrices): string | null {
  if (!isPlainObject(given)) return 'it is neither prices nor null'
  const { prices, denominator, weights } = given
  if (!Array.isArray(prices)) return 'prices is not a list'
  if (prices.length !== problem.requests.length)
    return 'the number of prices is not that of the requests'
  if (!isPrice(denominator) || denominator === 0) return 'denominator is not a whole number from 1'
  if (!isPlainObject(weights)) return 'weights is no object'
  if (!figures.every((each) => isPrice(weights[each])))
    return 'a weight is not a whole number from 0'
  for (const [entry, price] of prices.entries()) {
    if (!isPrice(price)) return `the price of requests[${entry}] is not a whole number from 0`
    const { value = 1 } = problem.requests[entry] ?? {}
    if (BigInt(price) > BigInt(weights.unplacedValue) * BigInt(value)) {
      return `the price of requests[${entry}] is more than leaving the request out costs`
    }
  }
  return null
}

function isPrice(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < mostPrice
}

/** Groups entries of one demand and one price, with every profile that serves and not only the best ones. */
function regroup(
  { problem, models, demands, demandOf }: GroupedProblem,
  { prices, denominator, weights }: FleetPrices,
): { readonly demands: readonly DemandGroup[]; readonly prices: DemandPrices } {
  const groups: DemandGroup[] = []
  const pricesOf: number[] = []
  const groupsByPrice = demands.map(() => new Map<number, DemandGroup>())
  for (const [entry, request] of problem.requests.entries()) {
    const number = numberAt(demandOf, entry)
    const demand = demands[number]
    const byPrice = groupsByPrice[number]
    const price = prices[entry] ?? 0
    if (demand === undefined || byPrice === undefined) continue
    const group = cached(byPrice, price, () => {
      const options = listServing(models, request, ['requests', entry])
      const added = { ...demand, number: groups.length, entries: [], count: 0, options }
      groups.push(added)
      pricesOf.push(price)
      return added
    })
    group.entries.push(entry)
    group.count += request.count ?? 1
  }
  // Which of several prices those have that find no place is not known.
  const known = groups.map(({ left = 0, ...group }) =>
    left > 0 && isWholeDemand(group, demands) ? { ...group, left } : group,
  )
  return { demands: known, prices: { prices: pricesOf, denominator, weights } }
}

function isWholeDemand(
  { entries }: Pick<DemandGroup, 'entries'>,
  demands: readonly DemandGroup[],
): boolean {
  return demands.some(
    (demand) => demand.entries[0] === entries[0] && demand.entries.length === entries.length,
  )
}
