import type { MakeRoomResult, RoomMade } from '../../../../types/fleet/moves.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { fault, isWhole, requireSame } from '../../model/answer-fault.js'
import { hasPlaces } from '../access-groups.js'
import type { PlanQuestion } from './plan-question.js'
import { proveRoomBound } from './prove-room-bound.js'
import { groupQuestion } from './question-groups.js'
import { replayPlan } from './replay-plan.js'

/** Whether the answer is proven best. Throws `AnswerFault` for an answer that is wrong. */
export function checkRoom(question: PlanQuestion, answer: MakeRoomResult): boolean {
  const cost = answer.kind === 'room' ? checkMade(question, answer) : null
  switch (answer.kind) {
    case 'room':
      return checkBound(question, answer, answer.lowerBound) && answer.lowerBound === cost
    case 'unknown':
      checkBound(question, answer, answer.lowerBound)
      return false
    case 'no-room':
      if (answer.maxMoves !== null && answer.maxMoves !== question.maxMoves)
        fault('maxMoves is not that of the question')
      return checkBound(question, answer, null)
    default:
      return fault('kind is neither room, no-room nor unknown')
  }
}

/** Returns the cost of the plan. */
function checkMade(question: PlanQuestion, answer: RoomMade): number {
  const { plan, requestAt } = replayPlan(question, answer.plan)
  requireSame(answer.plan, plan)
  const { gpu, lowerBound } = answer
  if (question.asksWhole) {
    const entry = question.entryOf(gpu)
    if (entry === undefined || !question.isWholeRoom(entry))
      fault('gpu is no free GPU with MIG off')
    requireSame(answer, { profileId: null, placement: null })
    if (plan.steps.length > 0) fault('no step makes room for a whole GPU')
  } else {
    if (requestAt === null) fault('no step creates the instance of the request')
    requireSame(answer, requestAt)
  }
  if (plan.moves.length > question.maxMoves) fault('the plan has more moves than maxMoves')
  if (question.live && plan.stops > 0) fault('the plan has stops')
  if (!isWhole(lowerBound) || lowerBound > plan.cost) fault('lowerBound is above the cost')
  return plan.cost
}

/**
 * Whether the bound of the answer is proven. Null is the bound where there is no plan. Throws `AnswerFault` for
 * a certificate that does not prove what it claims.
 */
function checkBound(question: PlanQuestion, answer: MakeRoomResult, bound: number | null): boolean {
  if (question.asksWhole) return bound === 0 || !question.entries.some(question.isWholeRoom)
  if (bound !== null && !isWhole(bound)) fault('lowerBound is no whole number')
  if (bound === 0) return true
  const groups = groupQuestion(question)
  if (!hasPlaces(groups.accessGroups, question.wanted)) return true
  const { certificate = null } = answer
  if (certificate === null) return false
  if (!isPlainObject(certificate)) fault('certificate is no object')
  if (certificate.version !== 1) fault('certificate.version is not 1')
  if (certificate.kind !== 'room') fault('certificate.kind is not room')
  if (!isPlainObject(certificate.lowerBound)) fault('certificate.lowerBound is no object')
  if (certificate.lowerBound.cost !== bound) fault('the certificate is for another bound')
  const isLimited = answer.kind !== 'no-room' || answer.maxMoves !== null
  proveRoomBound(
    groups,
    question.wanted,
    certificate,
    isLimited ? question.maxMoves : Number.POSITIVE_INFINITY,
  )
  return true
}
