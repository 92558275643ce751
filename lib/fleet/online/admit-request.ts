import type { FleetMove, RoomMade } from '../../../types/fleet/moves.js'
import type { FleetAnswer } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import { placeOf } from '../../solver/tables/tables.js'
import { checkForm } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { roomForm } from './fleet-forms.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetState, Holding } from './fleet-state.js'
import { checkMoves, moveHoldings } from './move-holdings.js'

const path = ['room', 'plan', 'moves']

/** Carries out the moves and then places the request, or does nothing. */
export function admitRequest(
  { state, rules, placer }: FleetInside,
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
  const undo = moveHoldings(rules, checkMoves(state, moves, path), path)
  const answer = placer.place(request, room)
  if (answer.kind === 'refused') undo()
  return answer
}

/** The instance may have no id, but it has to be where it was when the plan was made. */
function findMoving(
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
