import type {
  CompactFleetOptions,
  ConfigureNodesOptions,
  MakeRoomOptions,
  SplitFleetPlanOptions,
} from '../../../types/fleet/moves.js'
import type { PlaceOptions, RemoveGpusOptions, TuneOptions } from '../../../types/fleet/online.js'
import type { PackFleetOptions } from '../../../types/fleet/pack.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import { anything, callback, flag, objectOf, oneOf, signal } from '../../model/checks/kinds.js'
import { requireObject } from './check-form.js'

// Data that options carry (numbers, names, costs) is checked where it is used and is `MIG_FLEET_INVALID`.
// A misspelt name, or a value of another type, is a mistake in the program: a `TypeError`.

const solver = oneOf('auto', 'own')

const packRules: RulesOf<PackFleetOptions> = {
  names: flag,
  deadlineMs: anything,
  workUnits: anything,
  solver,
  signal,
}

const compactRules: RulesOf<CompactFleetOptions> = {
  pinned: anything,
  costs: anything,
  deadlineMs: anything,
  workUnits: anything,
  solver,
}

const roomRules: RulesOf<MakeRoomOptions> = {
  maxMoves: anything,
  moveCost: anything,
  pinned: anything,
  deadlineMs: anything,
  workUnits: anything,
  live: flag,
}

const splitRules: RulesOf<SplitFleetPlanOptions> = { selectorOf: callback }
const nodesRules: RulesOf<ConfigureNodesOptions> = { ...splitRules, nodes: anything }
const placeRules: RulesOf<PlaceOptions> = { at: anything }
const removeRules: RulesOf<RemoveGpusOptions> = { evict: flag }
const tuneRules: RulesOf<TuneOptions> = { load: anything, workUnits: anything, seed: anything }

type FleetFunction =
  | 'packFleet'
  | 'compactFleet'
  | 'drainGpus'
  | 'makeRoom'
  | 'splitFleetPlan'
  | 'configureNodes'
  | 'place'
  | 'removeGpus'
  | 'tune'

const rules: Readonly<Record<FleetFunction, Rule>> = {
  packFleet: objectOf(packRules),
  compactFleet: objectOf(compactRules),
  drainGpus: objectOf(compactRules),
  makeRoom: objectOf(roomRules),
  splitFleetPlan: objectOf(splitRules),
  configureNodes: objectOf(nodesRules),
  place: objectOf(placeRules),
  removeGpus: objectOf(removeRules),
  tune: objectOf(tuneRules),
}

/**
 * Throws a `TypeError` for an option that the function does not have, and `MIG_FLEET_INVALID` for options
 * that are no object.
 */
export function checkFleetOptions(name: FleetFunction, options: unknown): void {
  requireObject(options, ['options'])
  checkOptions(name, options, rules[name])
}
