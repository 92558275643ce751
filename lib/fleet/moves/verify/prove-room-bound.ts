import type { RoomCertificate } from '../../../../types/fleet/certificates.js'
import { fault, isWhole } from '../../model/answer-fault.js'
import { proveByPrices } from './prove-by-prices.js'
import type { QuestionGroups } from './question-groups.js'
import { ruleOutCheaper } from './search-cheaper.js'

/** A certificate that asks for more steps is refused. */
const mostSteps = 2 ** 22

/** Throws `AnswerFault` where the certificate does not prove its bound. */
export function proveRoomBound(
  groups: QuestionGroups,
  wanted: number,
  { cost: prices, searchSteps, lowerBound }: RoomCertificate,
  maxMoves: number,
): void {
  const bound = lowerBound.cost
  if (prices === null) {
    if (!isWhole(searchSteps) || searchSteps > mostSteps) fault('searchSteps is no such number')
    const below = bound ?? Number.POSITIVE_INFINITY
    const limits = { below, mostMoves: maxMoves, mostSteps: searchSteps }
    if (ruleOutCheaper(groups, wanted, limits) === null)
      fault('the search does not rule out a cheaper plan in so many steps')
    return
  }
  const figure = { ofKept: () => 0, ofFilled: 0, ofMove: 1 }
  const { total, first, cost } = proveByPrices(groups, wanted, figure, prices)
  if (first > 0n && maxMoves === Number.POSITIVE_INFINITY) fault('moves have a weight but no limit')
  const limited = first === 0n ? total : total - first * BigInt(maxMoves)
  const isProven = bound === null ? cost === 0n && limited > 0n : limited > cost * BigInt(bound - 1)
  if (!isProven) fault('the prices do not prove the bound')
}
