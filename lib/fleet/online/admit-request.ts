import type { FleetMove, FleetStep, RoomMade } from '../../../types/fleet/moves.js'
import type { FleetAnswer } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import { placeOf } from '../../solver/tables/tables.js'
import { checkForm, requireList } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { roomForm } from './fleet-forms.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetState, Holding } from './fleet-state.js'
import { findIdleAt } from './idle-instances.js'
import { checkMoves, moveHoldings } from './move-holdings.js'

const path = ['room', 'plan', 'moves']

/** Carries out the moves and then places the request, or does nothing. */
export function admitRequest(
  { state, rules, placer, holdings }: FleetInside,
  asked: FleetRequest,
  given: Pick<RoomMade, 'gpu' | 'profileId' | 'placement' | 'plan'>,
): FleetAnswer {
  const room = copyPlain(given)
  const request = copyPlain(asked)
  checkForm(room, roomForm, ['room'])
  placer.check(request, room)
  const moves = room.plan.moves.map((move, index) => ({
    holding: findMoving(state, move, [...path, index]),
    to: move.to,
  }))
  const checked = checkMoves(state, moves, path)
  const gone = findGone(state, room.plan.steps ?? [])
  for (const idle of gone) holdings.drop(idle)
  let isDone = false
  try {
    const undo = moveHoldings(rules, checked, path)
    const answer = placer.place(request, room, false)
    isDone = answer.kind === 'placed'
    if (!isDone) undo()
    return answer
  } finally {
    if (!isDone) for (const idle of gone) holdings.add(idle)
  }
}

/** The idle instances that the plan clears, or that its moves take. The request takes its own by itself. */
function findGone({ gpuByName }: FleetState, steps: readonly FleetStep[]): readonly Holding[] {
  const at = ['room', 'plan', 'steps']
  requireList(steps, at)
  const gone = new Set<Holding>()
  for (const [index, step] of steps.entries()) {
    if (step?.idle !== true || (step.kind === 'create' && step.move === null)) continue
    const gpu = gpuByName.get(step.gpu)
    const place = gpu === undefined ? null : placeOf(gpu.pool.model.tables, step.instance)
    const idle = gpu === undefined || place === null ? null : findIdleAt(gpu, place.number)
    if (idle === null || (step.kind === 'destroy' && idle.pinned)) {
      throw invalid([...at, index], `needs what was idle on ${step.gpu} and is no longer`)
    }
    gone.add(idle)
  }
  return [...gone]
}

/** The instance may have no id, but it has to be where it was when the plan was made. */
export function findMoving(
  { gpuByName }: FleetState,
  { request, from }: FleetMove,
  at: readonly (string | number)[],
): Holding {
  const gpu = gpuByName.get(from.gpu)
  const place = gpu === undefined ? undefined : placeOf(gpu.pool.model.tables, from)?.number
  const found = gpu?.held.find((each) => each.place === place && each.request === request)
  if (found === undefined) {
    throw invalid(at, `moves ${request ?? 'an instance'} from ${from.gpu}, where it is not`)
  }
  return found
}
