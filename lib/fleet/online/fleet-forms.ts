import type { FleetMove, FleetPlan, FleetStep, RoomMade } from '../../../types/fleet/moves.js'
import type {
  CreateFleetOptions,
  FleetMoveTarget,
  FleetSnapshot,
} from '../../../types/fleet/online.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import {
  anything,
  callback,
  flag,
  listOf,
  object,
  objectOf,
  oneOf,
  openObjectOf,
  text,
  wholeFrom,
} from '../../model/checks/kinds.js'

/** About a hundred megabytes of memory. */
const mostHistory = 2 ** 20

const fleet: RulesOf<CreateFleetOptions & FleetSnapshot> = {
  gpus: anything,
  policy: anything,
  mix: object,
  requests: anything,
  memory: object,
  clock: callback,
  history: wholeFrom(1, mostHistory),
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

const position: Rule = {
  allowed: 'a whole number from 0, or null',
  accepts: (value) => value === null || wholeFrom(0).accepts(value),
}

const instance = openObjectOf(
  { profileId: wholeFrom(0), placement: object },
  'profileId',
  'placement',
)

const step: Partial<RulesOf<FleetStep>> = {
  kind: oneOf('create', 'destroy'),
  gpu: text,
  instance,
  move: position,
  stop: flag,
  idle: flag,
}

/** What `apply` reads of a plan. */
export const planForm: Rule = openObjectOf(
  {
    moves,
    steps: listOf(openObjectOf(step, 'kind', 'gpu', 'instance', 'move', 'stop')),
  } satisfies Partial<RulesOf<FleetPlan>>,
  'moves',
  'steps',
)
