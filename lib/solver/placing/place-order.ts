import type { Demand, PlacementPreference } from '../../../types/solver/placing.js'
import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { readDemand } from '../tables/check-input.js'
import { profileWith, type Tables } from '../tables/tables.js'
import type { PlaceOrder } from './find-places.js'
import { rankStates } from './rank-states.js'

const orders = new WeakMap<Tables, Map<string, PlaceOrder>>()
const mostDemandsKept = 16
const mostWeight = 1_000_000

const preferences: readonly string[] = ['most-room', 'lowest-start', 'highest-start']

/** Throws `MIG_SOLVER_INPUT` for an unknown word and a wrong demand. */
export function placeOrder(
  tables: Tables,
  prefer: Exclude<PlacementPreference, 'driver'>,
): PlaceOrder {
  const known = cached(orders, tables, () => new Map())
  const weights = typeof prefer === 'string' ? null : readWeights(tables, prefer?.demand)
  const name = typeof prefer === 'string' ? prefer : 'most-room'
  const key = weights === null ? name : `demand ${weights.join()}`
  return cached(known, key, () => {
    const demands = [...known.keys()].filter((each) => each.startsWith('demand '))
    if (demands.length >= mostDemandsKept) known.delete(demands[0] ?? '')
    return createOrder(tables, name, weights)
  })
}

function createOrder(
  tables: Tables,
  prefer: Extract<PlacementPreference, string>,
  weights: readonly number[] | null,
): PlaceOrder {
  if (!preferences.includes(prefer)) {
    throw new MigError(
      'MIG_SOLVER_INPUT',
      `"${prefer}" is not a preference; use driver, ${preferences.join(', ')} or a demand.`,
    )
  }
  const byStart = prefer === 'lowest-start' || prefer === 'highest-start'
  return {
    rankOf: byStart ? () => 0 : rankStates(tables, weights),
    starts: prefer === 'lowest-start' ? 'lowest' : 'highest',
    anyPlaces: false,
    found: new Map(),
  }
}

/** Weights by profile position. Null: all are 0. */
function readWeights(tables: Tables, demand: readonly Demand[]): readonly number[] | null {
  const weights = tables.profiles.map(() => 0)
  for (const { profileId, weight } of readDemand(demand)) {
    const { position } = profileWith(tables, profileId)
    const isWhole = Number.isSafeInteger(weight) && weight >= 0
    const sum = isWhole ? at(weights, position) + weight : weight
    if (!isWhole || sum > mostWeight) {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The weight of a profile must be a whole number from 0 to ${mostWeight}, not ${sum}.`,
      )
    }
    weights[position] = sum
  }
  return weights.every((weight) => weight === 0) ? null : weights
}
