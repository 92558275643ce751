import type { FleetCompaction, FleetDrain, MakeRoomResult } from '../../../../types/fleet/moves.js'
import type {
  FleetPlanAnswer,
  FleetPlanQuestion,
  PlanCheck,
} from '../../../../types/fleet/proof.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { AnswerFault } from '../../model/answer-fault.js'
import { checkCompaction } from './check-compaction.js'
import { checkDrain } from './check-drain.js'
import { checkRoom } from './check-room.js'
import { readPlanQuestion } from './plan-question.js'

/**
 * Checks an answer of `compactFleet`, `drainGpus` or `makeRoom`, from the question alone. It carries out the
 * plan step by step, computes every figure anew, and then checks whether the certificate proves that no plan
 * is better. It uses nothing of how the answer was found.
 *
 * For the question, it throws what the function that answers it throws; for an answer it never throws.
 */
export function verifyPlan(question: FleetPlanQuestion, given: FleetPlanAnswer): PlanCheck {
  const asked = readPlanQuestion(question)
  const answer = copyPlain(given)
  try {
    if (!isPlainObject(answer)) return { valid: false, reason: 'it is no object' }
    switch (asked.kind) {
      case 'compaction':
        return { valid: true, proven: checkCompaction(asked, answer as FleetCompaction) }
      case 'drain':
        return { valid: true, proven: checkDrain(asked, answer as FleetDrain) }
      case 'room':
        return { valid: true, proven: checkRoom(asked, answer as MakeRoomResult) }
    }
  } catch (error) {
    if (error instanceof AnswerFault) return { valid: false, reason: error.message }
    throw error
  }
}
