import type {
  CreateFleetOptions,
  Fleet,
  FleetPlace,
  PlaceOptions,
} from '../../../types/fleet/online.js'
import { copyObject, copyPlain } from '../../model/copy-plain.js'
import { checkForm, requireObject } from '../model/check-form.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { readPolicy } from '../policy/fleet-policy.js'
import { admitRequest } from './admit-request.js'
import {
  addGpus,
  type ComingGpus,
  cordonGpus,
  enterGpus,
  readComing,
  removeGpus,
} from './change-gpus.js'
import { fleetForm } from './fleet-forms.js'
import { type FleetInside, rememberInside } from './fleet-inside.js'
import { createState } from './fleet-pools.js'
import { checkMemory, createRankings } from './fleet-rankings.js'
import type { FleetState } from './fleet-state.js'
import { createHeldRequests } from './held-requests.js'
import { createHoldings } from './holdings.js'
import { moveInstances } from './move-holdings.js'
import { observeDemand } from './observed-demand.js'
import { createPlacedRules } from './placed-rules.js'
import { createPlacer } from './placer.js'
import { takeSnapshot } from './take-snapshot.js'
import { tuneFleet } from './tune-fleet.js'

/**
 * Makes a fleet that places requests as they come, and releases them. The same calls give the same answers
 * on every machine: the fleet decides with whole numbers and takes the first of equal places. From a
 * snapshot it makes the fleet that the snapshot describes.
 *
 * Throws `MIG_FLEET_INVALID`, `MIG_PROFILE_UNKNOWN` for a profile in `mix` that no GPU has.
 */
export function createFleet(given: CreateFleetOptions): Fleet {
  requireObject(given, ['options'])
  const options = copyObject(given, (part, name) =>
    name === 'gpus' || name === 'requests' ? part : copyPlain(part),
  ) as unknown as CreateFleetOptions
  checkForm(options, fleetForm, ['options'])
  const inside = assembleFleet(options)
  const { state, holdings, observer, rankings, placer } = inside
  const fleet: Fleet = {
    place: (request, how) => {
      const at = how === undefined ? null : readPlace(how)
      rankings.refresh()
      return placer.place(request, at)
    },
    admit: (request, room) => admitRequest(inside, request, room),
    release: (id) => {
      const released = holdings.release(id)
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
    tune: (how = {}) => {
      const options = copyPlain(how)
      checkFleetOptions('tune', options)
      return tuneFleet(inside, options)
    },
  }
  rememberInside(fleet, inside)
  return fleet
}

function readPlace(given: PlaceOptions): FleetPlace | null {
  const options = copyPlain(given)
  checkFleetOptions('place', options)
  const { at } = options
  if (at != null) requireObject(at, ['at'])
  return at ?? null
}

/** Makes the parts of a fleet, in an order in which each finds what it needs. */
function assembleFleet(options: CreateFleetOptions): FleetInside {
  const { gpus, requests: asked = [], mix, memory } = options
  const policy = readPolicy(options.policy)
  const state = createState()
  const requests = createHeldRequests()
  const rules = createPlacedRules(state)
  const holdings = createHoldings(rules, requests)
  const coming = readComing({ state, holdings, requests }, gpus, asked)
  keepUsedModels(state, coming)
  if (memory !== undefined) checkMemory(memory, state.models.list)
  const observer = observeDemand(state, holdings, memory)
  const rankings = createRankings(state, observer, { policy, mix, memory })
  enterGpus({ state, holdings, requests, rankings }, coming)
  const placer = createPlacer({ state, holdings, rules, observer }, memory?.lastUnnamed ?? 0)
  return { state, requests, rules, holdings, observer, rankings, placer, mix }
}

/** An entry with a count of 0 may have brought a model that no GPU has. */
function keepUsedModels({ models: { list } }: FleetState, { named }: ComingGpus): void {
  const used = new Set(named.map(({ entry }) => entry.model))
  list.splice(0, list.length, ...list.filter((model) => used.has(model)))
}
