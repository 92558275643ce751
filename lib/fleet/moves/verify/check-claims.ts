import { isPlainObject } from '../../../model/checks/find-fault.js'
import { fault, isWhole } from '../../model/answer-fault.js'
import { gapOf } from '../gap.js'

interface Claims {
  readonly lowerBound: object
  readonly cost: number
  readonly gap: number
  readonly proof: string
}

interface Claimed {
  readonly version: number
  readonly kind: string
  readonly lowerBound: object
}

/**
 * Throws `AnswerFault` where the bounds and the gap of an answer contradict its figures or its certificate.
 * `name` is the figure before the cost.
 */
export function checkClaims(
  answer: Claims,
  certificate: Claimed,
  kind: Claimed['kind'],
  name: string,
  first: number,
): void {
  if (!isPlainObject(certificate)) fault('certificate is no object')
  if (certificate.version !== 1) fault('certificate.version is not 1')
  if (certificate.kind !== kind) fault(`certificate.kind is not ${kind}`)
  if (!isPlainObject(answer.lowerBound)) fault('lowerBound is no object')
  if (!isPlainObject(certificate.lowerBound)) fault('certificate.lowerBound is no object')
  const claimed = answer.lowerBound as Record<string, number>
  const proven = certificate.lowerBound as Record<string, number>
  const { [name]: claimedFirst = -1, cost: claimedCost = -1 } = claimed
  if (!isWhole(claimedFirst) || !isWhole(claimedCost)) fault('lowerBound has no whole number')
  if (claimedFirst > first) fault(`lowerBound.${name} is above ${name}`)
  const isFirst = claimedFirst === first
  if (isFirst && claimedCost > answer.cost) fault('lowerBound.cost is above cost')
  if (!isFirst && claimedCost !== 0) fault(`lowerBound.cost is given, but ${name} is not the least`)
  const gap = isFirst ? gapOf(answer.cost, claimedCost) : gapOf(first, claimedFirst)
  if (answer.gap !== gap) fault('gap is not what follows from lowerBound')
  if (answer.proof === 'milp') return
  if (answer.proof !== 'class-relaxation') fault('proof is neither class-relaxation nor milp')
  if (proven[name] !== claimedFirst || proven['cost'] !== claimedCost)
    fault('lowerBound is not what the certificate proves')
}
