import type {
  CreateFleetOptions,
  Fleet,
  FleetPlace,
  PlaceOptions,
  ReleaseOptions,
} from '../../../types/fleet/online.js'
import { copyObject, copyPlain } from '../../model/copy-plain.js'
import { checkForm, requireObject } from '../model/check-form.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { readPolicy } from '../policy/fleet-policy.js'
import { admitRequest } from './admit-request.js'
import { addGpus, cordonGpus, removeGpus } from './change-gpus.js'
import { createExpectedEnds } from './expected-ends.js'
import { findRegret } from './find-regret.js'
import { fleetForm } from './fleet-forms.js'
import { type FleetInside, rememberInside } from './fleet-inside.js'
import { createState } from './fleet-pools.js'
import { checkMemory, createRankings } from './fleet-rankings.js'
import type { Holding } from './fleet-state.js'
import { createHeldRequests } from './held-requests.js'
import { createHoldings } from './holdings.js'
import { listChanges } from './list-changes.js'
import { moveInstances } from './move-holdings.js'
import { observeDemand } from './observed-demand.js'
import { createPlacedRules } from './placed-rules.js'
import { createPlacer } from './placer.js'
import { openGpus, restoreGpus } from './restore-gpus.js'
import { runPlan } from './run-plan.js'
import { takeSnapshot } from './take-snapshot.js'
import { createTraceLog } from './trace-log.js'
import { tuneFleet } from './tune-fleet.js'
import { findWakeUps } from './wake-ups.js'

/**
 * Makes a fleet that places requests as they come, and releases them. The same calls give the same answers
 * on every machine: the fleet decides with whole numbers, or with sums and products where requests have ends, and takes
 * the first of equal places. From a snapshot it makes the fleet that the snapshot describes.
 *
 * Throws `MIG_FLEET_INVALID`, `MIG_PROFILE_UNKNOWN` for a profile in `mix` that no GPU has.
 */
export function createFleet(given: CreateFleetOptions): Fleet {
  requireObject(given, ['options'])
  const options = copyObject(given, (part, name) =>
    name === 'gpus' || name === 'requests' || name === 'clock' ? part : copyPlain(part),
  ) as unknown as CreateFleetOptions
  checkForm(options, fleetForm, ['options'])
  const inside = assembleFleet(options)
  const { state, holdings, observer, rankings, placer } = inside
  const isPlanned = (each: Holding): boolean => state.planned.has(each)
  const fleet: Fleet = {
    place: (request, how) => {
      const { at, clearIdle } = how === undefined ? anywhere : readPlace(how)
      rankings.refresh()
      return placer.place(request, at, clearIdle)
    },
    wakeUps: (request, how = {}) => {
      const options = copyPlain(how)
      checkFleetOptions('wakeUps', options)
      return findWakeUps(inside, request, options)
    },
    admit: (request, room) => admitRequest(inside, request, room),
    apply: (plan, how = {}) => {
      const options = copyPlain(how)
      checkFleetOptions('apply', options)
      return runPlan(inside, plan, options)
    },
    release: (id, how) => {
      const keep = how !== undefined && readKeep(how)
      const released = keep ? holdings.releaseIdle(id, isPlanned) : holdings.release(id)
      observer.released(released.length)
      return released
    },
    move: (moves) => moveInstances(inside, copyPlain(moves)),
    addGpus: (gpus, requests = []) => addGpus(inside, gpus, requests),
    removeGpus: (names, how = {}) => {
      const options = copyPlain(how)
      checkFleetOptions('removeGpus', options)
      return removeGpus(inside, copyPlain(names), options)
    },
    cordon: (which) => cordonGpus(state, copyPlain(which), true),
    uncordon: (which) => void cordonGpus(state, copyPlain(which), false),
    snapshot: () => takeSnapshot(inside),
    changesSince: (mark) => listChanges(inside, mark),
    regret: async (how = {}) => {
      const options = copyPlain(how)
      checkFleetOptions('regret', options)
      return findRegret(inside.trace, options)
    },
    tune: (how = {}) => {
      const options = copyPlain(how)
      checkFleetOptions('tune', options)
      return tuneFleet(inside, options)
    },
  }
  rememberInside(fleet, inside)
  return fleet
}

function readKeep(given: ReleaseOptions): boolean {
  const options = copyPlain(given)
  checkFleetOptions('release', options)
  return options.keep ?? false
}

interface Where {
  readonly at: FleetPlace | null
  readonly clearIdle: boolean
}

const anywhere: Where = { at: null, clearIdle: false }

function readPlace(given: PlaceOptions): Where {
  const options = copyPlain(given)
  checkFleetOptions('place', options)
  const { at, clearIdle = false } = options
  if (at != null) requireObject(at, ['at'])
  return { at: at ?? null, clearIdle }
}

/** Makes the parts of a fleet, in an order in which each finds what it needs. */
function assembleFleet(options: CreateFleetOptions): FleetInside {
  const { gpus, requests: asked = [], mix, memory, clock = Date.now, history } = options
  const policy = readPolicy(options.policy)
  const state = createState()
  const requests = createHeldRequests(state.log)
  const rules = createPlacedRules(state)
  const ends = createExpectedEnds(clock, memory?.ends)
  const trace = history === undefined ? null : createTraceLog(state, history, clock)
  const holdings = createHoldings(rules, requests, ends, trace)
  const known = restoreGpus({ state, holdings, requests }, gpus, asked)
  if (memory !== undefined) checkMemory(memory, state.models.list)
  const observer = observeDemand(state, holdings, memory)
  const rankings = createRankings(state, observer, { policy, mix, memory })
  openGpus(state, rankings)
  requests.settle(known)
  ends.restored()
  const placer = createPlacer(
    { state, holdings, rules, observer, ends, trace },
    memory?.lastUnnamed ?? 0,
  )
  return { state, requests, rules, holdings, ends, observer, rankings, placer, trace, mix }
}
