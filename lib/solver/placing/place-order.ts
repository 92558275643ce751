import type { PlacementPreference } from '../../../types/solver/placing.js'
import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../tables/tables.js'
import type { PlaceOrder } from './find-places.js'
import { rankStates } from './rank-states.js'
import { readWeights } from './read-weights.js'

const orders = new WeakMap<Tables, Map<string, PlaceOrder>>()
const mostDemandsKept = 16

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
