import type { FleetCompaction } from '../../../../types/fleet/moves.js'
import { requireSame } from '../../model/answer-fault.js'
import { checkClaims } from './check-claims.js'
import type { PlanQuestion } from './plan-question.js'
import { proveFigures } from './prove-figures.js'
import { groupQuestion } from './question-groups.js'
import { replayPlan } from './replay-plan.js'

/** Whether the answer is proven best. Throws `AnswerFault` for an answer that is wrong. */
export function checkCompaction(question: PlanQuestion, answer: FleetCompaction): boolean {
  const { plan } = replayPlan(question, answer.plan)
  requireSame(answer.plan, plan)
  const gpusBefore = question.entries.reduce(
    (sum, { inUse, count }) => sum + (inUse ? count : 0),
    0,
  )
  const freed = plan.gpus
    .filter(({ before, after }) => before.length > 0 && after.length === 0)
    .map(({ gpu }) => gpu)
  const filled = plan.gpus.filter(({ before, after }) => before.length === 0 && after.length > 0)
  const gpus = gpusBefore - freed.length + filled.length
  const { cost } = plan
  requireSame(answer, { gpusBefore, gpus, cost, freed })
  const { certificate } = answer
  checkClaims(answer, certificate, 'compaction', 'gpus', gpus)
  const groups = groupQuestion(question)
  const { lowerBound } = certificate
  proveFigures(groups, {
    name: 'gpus',
    figure: { ofKept: (_gpus, kept) => Number(kept > 0), ofFilled: 1, ofMove: 0 },
    atLeast: groups.heldWhole.all,
    beside: groups.heldWhole.all,
    first: lowerBound.gpus,
    cost: lowerBound.cost,
    firstPrices: certificate.gpus,
    costPrices: certificate.cost,
  })
  return gpus === lowerBound.gpus && cost === lowerBound.cost
}
