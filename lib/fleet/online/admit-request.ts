import type { FleetMove, RoomMade } from '../../../types/fleet/moves.js'
import type { FleetAnswer } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import { placeOf } from '../../solver/tables/tables.js'
import { invalid } from '../model/invalid.js'
import { checkRoomForm } from './fleet-forms.js'
import type { FleetGround, Holding } from './fleet-state.js'
import { checkMoves, moveHoldings } from './move-holdings.js'
import type { PlacedRules } from './placed-rules.js'
import type { Placer } from './placer.js'

const path = ['room', 'plan', 'moves']

/** The moves and then the request, or nothing. */
export function admitRoom(
  ground: FleetGround,
  rules: PlacedRules,
  placer: Placer,
  asked: FleetRequest,
  given: Pick<RoomMade, 'gpu' | 'profileId' | 'placement' | 'plan'>,
): FleetAnswer {
  const room = copyPlain(given)
  const request = copyPlain(asked)
  checkRoomForm(room)
  placer.check(request, room)
  const moves = room.plan.moves.map((move, index) => ({
    holding: findThere(ground, move, [...path, index]),
    to: move.to,
  }))
  const undo = moveHoldings(rules, checkMoves(ground, moves, path), path)
  const answer = placer.place(request, room)
  if (answer.kind === 'refused') undo()
  return answer
}

/** It may have no id, but has to be where it was when the plan was made. */
function findThere(
  { unitByName }: FleetGround,
  { request, from }: FleetMove,
  at: readonly (string | number)[],
): Holding {
  const unit = unitByName.get(from.gpu)
  const place = unit === undefined ? undefined : placeOf(unit.pool.model.tables, from)?.number
  const found = unit?.held.find((each) => each.place === place && each.request === request)
  if (found === undefined) {
    throw invalid(at, `moves ${request ?? 'an instance'} from ${from.gpu}, where it is not`)
  }
  return found
}
