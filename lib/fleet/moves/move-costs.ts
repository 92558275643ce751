import type { FleetMoveCosts } from '../../../types/fleet/moves.js'
import type { FleetInstance } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
import { requireList, requireObject } from '../model/check-form.js'
import { requirePrice } from '../model/limits.js'
import { positionOf } from '../model/serving-profiles.js'

/**
 * The cost of moving each instance. Throws `MIG_FLEET_INVALID` for a cost that is no whole number from 0 to
 * 2 ** 40.
 */
export function compileMoveCosts(
  costs: FleetMoveCosts = {},
  path: string,
): (instance: FleetInstance, tables: Tables) => number {
  requireObject(costs, [path])
  const { each = 1, profiles = [], requests = [] } = costs
  requireList(profiles, [path, 'profiles'])
  requireList(requests, [path, 'requests'])
  requirePrice(each, 0, [path, 'each'])
  const ofRequest = new Map<string, number>()
  for (const [index, { id, cost }] of requests.entries()) {
    requirePrice(cost, 0, [path, 'requests', index, 'cost'])
    ofRequest.set(id, cost)
  }
  for (const [index, { cost }] of profiles.entries()) {
    requirePrice(cost, 0, [path, 'profiles', index, 'cost'])
  }
  // A name is more special than an id, and the last of several counts.
  const ids = profiles.filter(({ profile }) => typeof profile === 'number')
  const names = profiles.filter(({ profile }) => typeof profile !== 'number')
  const costsByTables = new Map<Tables, ReadonlyMap<number, number>>()
  const ofProfiles = (tables: Tables): ReadonlyMap<number, number> =>
    cached(costsByTables, tables, () => {
      const ofProfile = new Map<number, number>()
      for (const { profile, cost } of [...ids, ...names]) {
        const named = tables.profiles[positionOf(tables, profile)]
        if (named !== undefined) ofProfile.set(named.profile.id, cost)
      }
      return ofProfile
    })
  if (ofRequest.size === 0 && profiles.length === 0) return () => each
  return ({ id, profileId }, tables) =>
    (id === undefined ? undefined : ofRequest.get(id)) ?? ofProfiles(tables).get(profileId) ?? each
}
