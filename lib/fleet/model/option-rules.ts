import type {
  CompactFleetOptions,
  ConfigureNodesOptions,
  DrainGpusOptions,
  MakeRoomOptions,
  SplitFleetPlanOptions,
} from '../../../types/fleet/moves.js'
import type {
  ApplyPlanOptions,
  PlaceOptions,
  ReleaseOptions,
  RemoveGpusOptions,
  TuneOptions,
  WakeUpOptions,
} from '../../../types/fleet/online.js'
import type { PackFleetOptions, VerifyBoundOptions } from '../../../types/fleet/pack.js'
import type { RegretOptions } from '../../../types/fleet/regret.js'
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
  clearIdle: flag,
  signal,
}

const boundRules: RulesOf<VerifyBoundOptions> = { clearIdle: flag }

const drainRules: RulesOf<DrainGpusOptions> = {
  pinned: anything,
  costs: anything,
  deadlineMs: anything,
  workUnits: anything,
  solver,
}
const compactRules: RulesOf<CompactFleetOptions> = { ...drainRules, names: flag }

const roomRules: RulesOf<MakeRoomOptions> = {
  maxMoves: anything,
  moveCost: anything,
  pinned: anything,
  deadlineMs: anything,
  workUnits: anything,
  live: flag,
  clearIdle: flag,
  certify: flag,
}

const splitRules: RulesOf<SplitFleetPlanOptions> = { selectorOf: callback }
const nodesRules: RulesOf<ConfigureNodesOptions> = { ...splitRules, nodes: anything }
const placeRules: RulesOf<PlaceOptions> = { at: anything, clearIdle: flag }
const releaseRules: RulesOf<ReleaseOptions> = { keep: flag }
const wakeUpRules: RulesOf<WakeUpOptions> = { maxReleases: anything }
const applyRules: RulesOf<ApplyPlanOptions> = { request: anything }
const removeRules: RulesOf<RemoveGpusOptions> = { evict: flag }
const regretRules: RulesOf<RegretOptions> = {
  deadlineMs: anything,
  workUnits: anything,
  certify: flag,
  signal,
}
const tuneRules: RulesOf<TuneOptions> = {
  load: anything,
  workUnits: anything,
  seed: anything,
  deadlineMs: anything,
}

type FleetFunction =
  | 'packFleet'
  | 'verifyBound'
  | 'compactFleet'
  | 'drainGpus'
  | 'makeRoom'
  | 'splitFleetPlan'
  | 'configureNodes'
  | 'place'
  | 'release'
  | 'wakeUps'
  | 'apply'
  | 'removeGpus'
  | 'regret'
  | 'tune'

const rules: Readonly<Record<FleetFunction, Rule>> = {
  packFleet: objectOf(packRules),
  verifyBound: objectOf(boundRules),
  compactFleet: objectOf(compactRules),
  drainGpus: objectOf(drainRules),
  makeRoom: objectOf(roomRules),
  splitFleetPlan: objectOf(splitRules),
  configureNodes: objectOf(nodesRules),
  place: objectOf(placeRules),
  release: objectOf(releaseRules),
  wakeUps: objectOf(wakeUpRules),
  apply: objectOf(applyRules),
  removeGpus: objectOf(removeRules),
  regret: objectOf(regretRules),
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
