import type {
  CompactFleetOptions,
  FleetCompaction,
  FleetInUse,
} from '../../../../types/fleet/moves.js'
import type { Fleet } from '../../../../types/fleet/online.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { requireObject } from '../../model/check-form.js'
import { checkFleetOptions } from '../../model/option-rules.js'
import { createBudget } from '../../program/budget.js'
import { solverLoader } from '../../program/highs.js'
import { groupSnapshot } from '../group-snapshot.js'
import { nameMoves } from '../name-moves.js'
import { orderMoves } from '../order-moves.js'
import { fewestGpus } from './compact-aim.js'
import { gapOf, solveCompact } from './compact-stages.js'
import { emptyGreedily } from './move-greedily.js'

/**
 * Plans moves to the fewest GPUs in use, at the least cost, in the order in which to carry them out.
 * Instances with `spread`, `avoid` or `sameNode` stay where they are, and so do those with a label that
 * these name.
 *
 * Throws `MIG_FLEET_INVALID` and `MIG_PROFILE_UNKNOWN` for input that makes no sense.
 */
export async function compactFleet(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  given: CompactFleetOptions = {},
): Promise<FleetCompaction> {
  requireObject(fleet, ['fleet'])
  const options = copyPlain(given)
  checkFleetOptions('compactFleet', options)
  const { pinned, costs, solver } = options
  const { grouped, entries } = groupSnapshot('snapshot' in fleet ? fleet.snapshot() : fleet, {
    pinned,
    costs,
    costsPath: 'costs',
    request: null,
  })
  const budget = createBudget(options)
  const found = await solveCompact(grouped, fewestGpus, budget, solverLoader(solver))
  const changes = found.changes ?? emptyGreedily(grouped, found.fewest, budget)
  const plan = orderMoves(grouped, nameMoves(changes, -1), null)
  const whole = entries.reduce(
    (sum, { inUse, state, count }) => sum + (inUse && state < 0 ? count : 0),
    0,
  )
  const inUse = grouped.layoutGroups.reduce(
    (sum, { instances, members }) => sum + (instances.length > 0 ? members.length : 0),
    0,
  )
  // A GPU that served as a detour is empty before and after.
  const filled = plan.gpus.filter(({ before, after }) => before.length === 0 && after.length > 0)
  const freed = plan.gpus
    .filter(({ before, after }) => before.length > 0 && after.length === 0)
    .map(({ gpu }) => gpu)
  const gpus = inUse - freed.length + filled.length
  const isFewest = gpus === found.fewest
  const cost = isFewest ? found.leastCost : 0
  return {
    gpusBefore: inUse + whole,
    gpus: gpus + whole,
    cost: plan.cost,
    lowerBound: { gpus: found.fewest + whole, cost },
    gap: isFewest ? gapOf(plan.cost, cost) : gapOf(gpus + whole, found.fewest + whole),
    proof: found.proof,
    freed,
    plan,
    stopped: budget.stopped(),
  }
}
