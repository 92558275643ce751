import type { FleetMove, RoomMade } from '../../../types/fleet/moves.js'
import type {
  CreateFleetOptions,
  FleetMoveTarget,
  FleetSnapshot,
} from '../../../types/fleet/online.js'
import type { Placement } from '../../../types/model/geometry.js'
import {
  anything,
  type Form,
  formOf,
  object,
  requireList,
  requireObject,
  requireText,
} from '../model/check-form.js'

/** A snapshot is one, with all that it says beside. */
export const fleetForm: Form = formOf<CreateFleetOptions & FleetSnapshot>({
  gpus: anything,
  policy: anything,
  mix: object,
  requests: anything,
  memory: object,
  fragmentation: anything,
  observed: anything,
})

type Path = readonly (string | number)[]

/** Throws `MIG_FLEET_INVALID`. */
export function checkMoveForms(moves: readonly FleetMoveTarget[], path: Path): void {
  requireList(moves, path)
  for (const [index, move] of moves.entries()) {
    const at = [...path, index]
    requireObject(move, at)
    requireText(move.id, [...at, 'id'])
    requireText(move.gpu, [...at, 'gpu'])
    requirePlacement(move.placement, at)
  }
}

/** What `admit` reads of what `makeRoom` answered. Throws `MIG_FLEET_INVALID`. */
export function checkRoomForm(room: Pick<RoomMade, 'plan'>): void {
  requireObject(room, ['room'])
  requireObject(room.plan, ['room', 'plan'])
  const path = ['room', 'plan', 'moves']
  const moves: readonly FleetMove[] = room.plan.moves
  requireList(moves, path)
  for (const [index, move] of moves.entries()) {
    const at = [...path, index]
    requireObject(move, at)
    for (const end of ['from', 'to'] as const) {
      requireObject(move[end], [...at, end])
      requireText(move[end].gpu, [...at, end, 'gpu'])
      requirePlacement(move[end].placement, [...at, end])
    }
  }
}

function requirePlacement(placement: Placement, path: Path): void {
  requireObject(placement, [...path, 'placement'])
}
