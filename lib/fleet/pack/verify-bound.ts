import type {
  BoundCheck,
  FleetCertificate,
  FleetPrices,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { isPlainObject } from '../../model/checks/find-fault.js'
import { copyPlain } from '../../model/copy-plain.js'
import { numberAt } from '../../model/numbers.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import { type Figure, figures } from '../model/objective.js'
import { listServing } from '../model/serving-profiles.js'
import { type DemandPrices, leastProven } from '../program/price-bound.js'
import { groupProblem } from './group-problem.js'

const mostPrice = 2 ** 45

/**
 * Checks whether a certificate proves its bound, from the geometry alone. It walks through the sets of
 * instances that a GPU can hold, and all sums are exact. Throws for a problem that `packFleet` refuses.
 */
export function verifyBound(problem: PackFleetProblem, given: FleetCertificate): BoundCheck {
  const fleet = groupProblem(problem)
  const certificate = copyPlain(given)
  if (!isPlainObject(certificate)) return refuse('it is no object')
  if (!isPlainObject(certificate.lowerBound)) return refuse('lowerBound is no object')
  const { unplacedValue, gpus, cost } = certificate.lowerBound
  const lowerBound = { unplacedValue, gpus, cost }
  for (const figure of figures) {
    if (Number.isSafeInteger(lowerBound[figure])) continue
    return refuse(`lowerBound.${figure} is not a whole number`)
  }
  const proven = { unplacedValue: 0, gpus: fleet.inUse, cost: 0 }
  for (const figure of figures) {
    const claimed = lowerBound[figure]
    const given = certificate[figure]
    if (given !== null) {
      const fault = findFault(fleet, given, figure)
      if (fault !== null) return refuse(`${figure}: ${fault}`)
      const { demands, prices } = regroup(fleet, given)
      const least = leastProven({ ...fleet, demands }, prices, figure, lowerBound)
      proven[figure] = Math.max(proven[figure], least)
    }
    if (proven[figure] < claimed) {
      return refuse(`${figure}: the prices prove ${proven[figure]}, not ${claimed}`)
    }
    // If a figure is proven larger than claimed, the later figures do not matter.
    if (proven[figure] > claimed) break
  }
  return { valid: true, lowerBound }
}

function refuse(reason: string): BoundCheck {
  return { valid: false, reason }
}

function findFault({ problem }: GroupedProblem, given: FleetPrices, figure: Figure): string | null {
  if (!isPlainObject(given)) return 'it is neither prices nor null'
  const { prices, denominator, weights } = given
  if (!Array.isArray(prices)) return 'prices is not a list'
  if (prices.length !== problem.requests.length)
    return 'the number of prices is not that of the requests'
  if (!isPrice(denominator) || denominator === 0) return 'denominator is not a whole number from 1'
  if (!isPlainObject(weights)) return 'weights is no object'
  if (!figures.every((each) => isPrice(weights[each])))
    return 'a weight is not a whole number from 0'
  if (weights[figure] !== denominator) return 'the weight of this figure is not the denominator'
  if (figure !== 'cost' && weights.cost !== 0) return 'the weight of a later figure is not 0'
  if (figure === 'unplacedValue' && weights.gpus !== 0)
    return 'the weight of a later figure is not 0'
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
  return { demands: groups, prices: { prices: pricesOf, denominator, weights } }
}
