import type { FleetMove, RoomMade } from '../../../types/fleet/moves.js'
import type {
  CreateFleetOptions,
  FleetMoveTarget,
  FleetSnapshot,
} from '../../../types/fleet/online.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import { anything, listOf, object, objectOf, openObjectOf, text } from '../../model/checks/kinds.js'

const fleet: RulesOf<CreateFleetOptions & FleetSnapshot> = {
  gpus: anything,
  policy: anything,
  mix: object,
  requests: anything,
  memory: object,
  fragmentation: anything,
  observed: anything,
}

/** The options of a fleet. A snapshot serves as such, with all that it says beside. */
export const fleetForm: Rule = objectOf(fleet)

/** What `move` takes. */
export const moveTargetsForm: Rule = listOf(
  openObjectOf(
    { id: text, gpu: text, placement: object } satisfies Partial<RulesOf<FleetMoveTarget>>,
    'id',
    'gpu',
    'placement',
  ),
)

const end = openObjectOf(
  { gpu: text, placement: object } satisfies Partial<RulesOf<FleetMove['from']>>,
  'gpu',
  'placement',
)

const moves = listOf(openObjectOf({ from: end, to: end }, 'from', 'to'))

/** What `admit` reads of an answer of `makeRoom`. */
export const roomForm: Rule = openObjectOf(
  { plan: openObjectOf({ moves }, 'moves') } satisfies Partial<RulesOf<RoomMade>>,
  'plan',
)
