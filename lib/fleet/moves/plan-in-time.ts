import type { FleetPlan } from '../../../types/fleet/moves.js'
import { OutOfTime } from '../model/out-of-time.js'
import type { WorkBudget } from '../program/budget.js'
import type { GroupedFleet } from './grouped-fleet.js'
import { type GpuChange, nameMoves } from './name-moves.js'
import { orderMoves } from './order-moves.js'

/** What it takes to name a move and put it into the order, and how many instances move at most, as a rule. */
const msEach = 0.04
const mostMoving = 0.5

/** Milliseconds that a plan of a whole fleet may take after its search. */
export function planMs({ layoutGroups }: GroupedFleet): number {
  return layoutGroups.reduce(
    (sum, { instances, members }) => sum + instances.length * members.length * msEach * mostMoving,
    0,
  )
}

/** The plan for these changes. Where it would come too late, the fleet stays as it is: half of the moves are no plan. */
export function planInTime(
  fleet: GroupedFleet,
  changes: readonly GpuChange[],
  budget: WorkBudget,
): FleetPlan {
  try {
    return orderMoves(fleet, nameMoves(changes, -1, budget.isLate), null, budget.isLate)
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error
    budget.noteHurry()
    return orderMoves(fleet, [], null)
  }
}
