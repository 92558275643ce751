import type { FleetPlacePrices } from '../../../../types/fleet/certificates.js'
import { fault, isWhole } from '../../model/answer-fault.js'
import { ceilDivide } from '../../program/price-bound.js'
import { type FirstFigure, proveByPrices } from './prove-by-prices.js'
import type { QuestionGroups } from './question-groups.js'

/** Two figures that a plan minimises in turn, what a certificate claims of them, and its prices. */
export interface ClaimedFigures {
  readonly name: string
  readonly figure: FirstFigure
  /** What the first figure is in any plan, without a proof. */
  readonly atLeast: number
  /** What counts to the first figure whatever moves. */
  readonly beside: number
  readonly first: number
  readonly cost: number
  readonly firstPrices: FleetPlacePrices | null
  readonly costPrices: FleetPlacePrices | null
}

/** Throws `AnswerFault` where the prices prove less than the certificate claims. */
export function proveFigures(groups: QuestionGroups, claimed: ClaimedFigures): void {
  const { name, figure, beside, first, cost, firstPrices, costPrices } = claimed
  if (!isWhole(first) || !isWhole(cost)) fault('lowerBound of the certificate has no whole number')
  let least = claimed.atLeast
  if (firstPrices !== null) {
    const {
      total,
      first: weight,
      cost: costWeight,
    } = proveByPrices(groups, -1, figure, firstPrices)
    if (weight === 0n || costWeight !== 0n) fault(`the weights of ${name} are not for this figure`)
    least = Math.max(least, beside + ceilDivide(total, weight))
  }
  if (least < first) fault(`the prices prove ${name} of ${least}, not ${first}`)
  if (cost === 0) return
  if (costPrices === null) fault('the cost has no prices')
  const { total, first: weight, cost: costWeight } = proveByPrices(groups, -1, figure, costPrices)
  if (costWeight === 0n) fault('the weight of the cost is 0')
  const proven = ceilDivide(total - weight * BigInt(first - beside), costWeight)
  if (proven < cost) fault(`the prices prove a cost of ${proven}, not ${cost}`)
}
