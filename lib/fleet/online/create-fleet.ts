import type {
  CreateFleetOptions,
  Fleet,
  FleetSnapshot,
  FleetTuning,
} from '../../../types/fleet/online.js'
import { copyObject, copyPlain } from '../../model/copy-plain.js'
import { checkForm, requireObject } from '../model/check-form.js'
import type { FleetModel } from '../model/fleet-model.js'
import { readPolicy } from '../policy/fleet-policy.js'
import { admitRoom } from './admit-request.js'
import { cordonGpus, enterGpus, readComing, removeGpus } from './change-gpus.js'
import { checkMoveForms, fleetForm } from './fleet-forms.js'
import { rememberInside } from './fleet-inside.js'
import { createGround, tidyGround } from './fleet-members.js'
import { checkMemory, createRankings } from './fleet-rankings.js'
import { measureFragmentation } from './fragmentation.js'
import { createHeldRequests } from './held-requests.js'
import { createHoldings, describeHolding, listHeld } from './holdings.js'
import { checkMoves, findMoved, moveHoldings } from './move-holdings.js'
import { observeDemand } from './observed-demand.js'
import { createPlacedRules } from './placed-rules.js'
import { createPlacer } from './placer.js'
import { describeUnits } from './take-snapshot.js'
import { tuneFleet } from './tune-fleet.js'

/**
 * A fleet to place requests on as they come, and to release them. The same calls give the same answers, on
 * every machine: what decides is whole numbers, and of equal places the first is taken, as the
 * documentation of the fleet has it. Of a snapshot it is the fleet that the snapshot was taken of.
 *
 * Throws `MIG_FLEET_INVALID`, `MIG_PROFILE_UNKNOWN` for a profile in `mix` that no GPU has.
 */
export function createFleet(given: CreateFleetOptions): Fleet {
  requireObject(given, ['options'])
  const options = copyObject(given, (part, name) =>
    name === 'gpus' || name === 'requests' ? part : copyPlain(part),
  ) as unknown as CreateFleetOptions
  checkForm(options, fleetForm, ['options'])
  const { gpus, requests: asked = [], mix, memory } = options
  const policy = readPolicy(options.policy)
  const ground = createGround()
  const held = createHeldRequests()
  const rules = createPlacedRules(ground)
  const holdings = createHoldings(rules, held)
  const { named: first, requests } = readComing(ground, holdings, held, gpus, asked)
  const used = new Set(first.map(({ entry }) => entry.model))
  const models = ground.models.list.filter((model) => used.has(model))
  ground.models.list.splice(0, ground.models.list.length, ...models)
  if (memory !== undefined) checkMemory(memory, ground.models.list)
  const migUnits = (): number =>
    ground.pools.reduce(
      (sum, { holds, gpuCount, model }) =>
        sum + (holds.kind === 'mig' ? gpuCount * model.tables.memoryUnits : 0),
      0,
    )
  const observer = observeDemand(ground.models, holdings.count, migUnits, memory)
  const rankings = createRankings(ground, policy, mix, observer, memory)
  enterGpus(ground, holdings, held, first, requests, rankings.of)
  const placer = createPlacer(ground, holdings, rules, observer, memory?.lastUnnamed ?? 0)

  /** What is known of geometries that the fleet no longer has goes with them. */
  const forgetOthers = (before: readonly FleetModel[]): void => {
    for (const { tables } of before) {
      if (ground.models.list.some((model) => model.tables === tables)) continue
      rankings.forget(tables)
      observer.forget(tables)
    }
  }

  const fleet: Fleet = {
    place: (request, how = {}) => {
      requireObject(how, ['options'])
      const at = copyPlain(how.at)
      if (at != null) requireObject(at, ['at'])
      rankings.keepUp()
      return placer.place(request, at ?? null)
    },
    admit: (request, room) => admitRoom(ground, rules, placer, request, room),
    release: (id) => {
      const released = holdings.release(id)
      observer.released(released.length)
      return released
    },
    move: (given) => {
      const path = ['moves']
      const moves = copyPlain(given)
      checkMoveForms(moves, path)
      const found = moves.map((to, index) => ({
        holding: findMoved(holdings, to.id, [...path, index]),
        to,
      }))
      moveHoldings(rules, checkMoves(ground, found, path), path)
    },
    addGpus: (added, theirs = []) => {
      const { named, requests: their } = readComing(ground, holdings, held, added, theirs)
      const models = new Set(named.map(({ entry }) => entry.model))
      try {
        for (const model of models) rankings.of(model)
      } catch (error) {
        const before = [...ground.models.list]
        tidyGround(ground)
        forgetOthers(before)
        throw error
      }
      enterGpus(ground, holdings, held, named, their, rankings.of)
    },
    removeGpus: (names, how = {}) => {
      requireObject(how, ['options'])
      const before = [...ground.models.list]
      const evicted = removeGpus(ground, holdings, copyPlain(names), copyPlain(how))
      observer.released(evicted.filter(({ request }) => request !== null).length)
      forgetOthers(before)
      return evicted
    },
    cordon: (which) =>
      cordonGpus(ground, copyPlain(which), true).flatMap((unit) =>
        listHeld(unit).map(describeHolding),
      ),
    uncordon: (which) => void cordonGpus(ground, copyPlain(which), false),
    snapshot: (): FleetSnapshot => {
      const { name, tuned } = rankings.policy()
      return {
        gpus: describeUnits(ground),
        requests: held.list(),
        policy: tuned ?? name,
        ...(mix === undefined ? {} : { mix }),
        memory: {
          ...observer.describe(),
          nextMix: rankings.nextMix(),
          lastUnnamed: placer.lastUnnamed(),
          models: ground.models.list.map((model) => ({
            asked: [...observer.mixOf(model.tables)],
            ranked: rankings.describe(model),
          })),
        },
        fragmentation: measureFragmentation(ground.pools),
        observed: observer.read(),
      }
    },
    tune: (tuneOptions = {}): FleetTuning => {
      requireObject(tuneOptions, ['options'])
      const mixOf = (number: number): readonly number[] => {
        const model = ground.models.list[number]
        return model === undefined ? [] : rankings.mixOf(model)
      }
      const tuning = tuneFleet(ground, mixOf, observer.load(), copyPlain(tuneOptions))
      rankings.goBy(tuning.policy)
      return tuning
    },
  }
  rememberInside(fleet, { ground, holdings })
  return fleet
}
