import type { FleetRequest } from '../../../types/fleet.js'
import type {
  CreateFleetOptions,
  Fleet,
  FleetAnswer,
  FleetMoveTarget,
  FleetSnapshot,
  FleetTuning,
  TuneOptions,
} from '../../../types/fleet-online.js'
import { createFleetModels } from '../model/fleet-model.js'
import { firstMix, rankForPolicy, readMix, readPolicy } from '../policy/fleet-policy.js'
import { tuneFleet } from '../policy/tune-fleet.js'
import { buildPools } from './fleet-pools.js'
import { measureFragmentation } from './fragmentation.js'
import { createHoldings } from './holdings.js'
import { moveHoldings } from './move-holdings.js'
import { observeDemand } from './observed-demand.js'
import { createPlacer } from './place-request.js'
import { describeUnits } from './snapshot-units.js'
import { createPlacedRules } from './unit-filter.js'

/**
 * A fleet to place requests on as they come, and to release them. The same calls give the same answers, on
 * every machine: what decides is whole numbers, and of equal places the first is taken, as the
 * documentation of the fleet has it.
 *
 * Throws `MIG_FLEET_INVALID`, `MIG_PROFILE_UNKNOWN` for a profile in `mix` that no GPU has.
 */
export function createFleet(options: CreateFleetOptions): Fleet {
  const { name, tuned: given } = readPolicy(options.policy)
  const models = createFleetModels()
  const ground = buildPools(models, options.gpus)
  const fixedMix = readMix(options.mix, models.list)
  const rules = createPlacedRules()
  const holdings = createHoldings(ground, rules)
  const migUnits = ground.pools.reduce(
    (sum, { holds, units, model }) =>
      sum + (holds.kind === 'mig' ? units.length * model.tables.memoryUnits : 0),
    0,
  )
  const observer = observeDemand(models, holdings.count, () => migUnits)
  let tuned = given
  let nextMix = firstMix

  const mixOf = (model: number): readonly number[] => {
    const fixed = fixedMix?.[model]
    if (fixed !== undefined) return fixed
    const seen = observer.mixOf(model)
    return observer.requests() >= firstMix && seen.some((count) => count > 0)
      ? seen
      : seen.map(() => 1)
  }
  const rankAll = (): void => {
    for (const model of models.list) {
      const ranking = rankForPolicy(model, name, tuned, mixOf(model.number))
      for (const { holds, model: of } of ground.pools) {
        if (of === model && holds.kind === 'mig') holds.buckets.rankBy(ranking)
      }
    }
  }
  rankAll()
  const followsMix = name === 'fgd' || (name === 'tuned' && given === null)
  const placer = createPlacer(ground, holdings, rules, observer)

  return {
    place: (request: FleetRequest): FleetAnswer => {
      if (followsMix && tuned === null && fixedMix === null && observer.requests() >= nextMix) {
        nextMix *= 2
        rankAll()
      }
      return placer(request)
    },
    release: (id) => {
      const released = holdings.release(id)
      observer.released(released.length)
      return released
    },
    move: (moves: readonly FleetMoveTarget[]) => moveHoldings(ground, holdings, rules, moves),
    snapshot: (): FleetSnapshot => ({
      gpus: describeUnits(ground),
      policy: name,
      fragmentation: measureFragmentation(ground.pools),
      observed: observer.read(),
    }),
    tune: (tuneOptions: TuneOptions = {}): FleetTuning => {
      const tuning = tuneFleet(ground, mixOf, observer.load(), tuneOptions)
      tuned = tuning.policy
      if (name === 'tuned') rankAll()
      return tuning
    },
  }
}
