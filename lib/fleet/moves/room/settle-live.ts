import type { MakeRoomOptions, MakeRoomResult } from '../../../../types/fleet/moves.js'
import type { FleetRequest } from '../../../../types/fleet/pack.js'
import { createBudget } from '../../program/budget.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { searchLive } from './search-live.js'

/** About a tenth of a second's work. */
const standardWork = 100_000

/** Where no plan without stops was found: one that a search of its own finds, or whether it proves that there is none. */
export function settleLive(
  answer: MakeRoomResult,
  group: () => GroupedFleet,
  request: FleetRequest,
  { maxMoves = Number.POSITIVE_INFINITY, deadlineMs, workUnits }: MakeRoomOptions,
): MakeRoomResult {
  if (answer.kind !== 'unknown' || answer.stopped !== null) return answer
  if (deadlineMs !== undefined && deadlineMs <= 0) return { ...answer, noLivePlan: 'not-proven' }
  const budget = createBudget({
    ...(deadlineMs !== undefined && { deadlineMs }),
    workUnits: Math.min(workUnits ?? standardWork, standardWork),
  })
  const found = searchLive(group(), request.id ?? null, budget)
  if (found === 'none') return { ...answer, noLivePlan: 'proven' }
  const room = found === 'unknown' ? undefined : found.steps.at(-1)
  if (found === 'unknown' || room === undefined || found.moves.length > maxMoves)
    return { ...answer, noLivePlan: 'not-proven' }
  const { lowerBound, certificate } = answer
  const { profileId, placement } = room.instance
  return {
    kind: 'room',
    profileId,
    placement,
    gpu: room.gpu,
    plan: found,
    lowerBound,
    stopped: null,
    ...(certificate !== undefined && { certificate }),
  }
}
