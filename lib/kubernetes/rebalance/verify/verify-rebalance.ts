import type { PlanCheck } from '../../../../types/fleet/proof.js'
import type {
  RebalanceOptions,
  RebalancePlan,
  RebalanceProblem,
} from '../../../../types/kubernetes/rebalance.js'
import { AnswerFault, fault } from '../../../fleet/model/answer-fault.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { checkRebalanceOptions } from '../check-problem.js'
import { readCluster } from '../read-cluster.js'
import { checkFigures, countFigures } from './check-figures.js'
import { checkPods } from './check-pods.js'
import { createRooms } from './final-rooms.js'
import { replayChanges } from './replay-changes.js'
import { requireLists } from './require-lists.js'

const lists = ['changes', 'admitted', 'waiting', 'moves', 'objective', 'certificate'] as const

/**
 * Checks an answer of `planRebalance` from the question alone. It carries out the changes by the geometry, puts each pod on its node,
 * counts every figure anew, and then checks what the certificate proves. It uses nothing of how the answer was found.
 *
 * For the question, it throws what `planRebalance` throws; for an answer it never throws. Give it the `maxNodes` of the question.
 */
export function verifyRebalance(
  problem: RebalanceProblem,
  given: RebalancePlan,
  options: Pick<RebalanceOptions, 'maxNodes'> = {},
): PlanCheck {
  checkRebalanceOptions(options)
  const { maxNodes = Number.MAX_SAFE_INTEGER } = options
  const cluster = readCluster(copyPlain(problem))
  const answer = copyPlain(given)
  try {
    if (!isPlainObject(answer)) fault('it is no object')
    requireLists(answer, lists)
    const rooms = createRooms(cluster)
    const gpus = replayChanges(cluster, answer)
    const { placed, successors } = checkPods(cluster, gpus, answer)
    const values = countFigures(cluster, rooms, gpus, placed, successors)
    return { valid: true, proven: checkFigures(cluster, rooms, values, answer, maxNodes) }
  } catch (error) {
    if (error instanceof AnswerFault) return { valid: false, reason: error.message }
    throw error
  }
}
