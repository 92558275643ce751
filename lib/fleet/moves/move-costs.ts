import type { FleetMoveCosts } from '../../../types/fleet/moves.js'
import type { FleetInstance } from '../../../types/fleet/pack.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import { requireList, requireObject } from '../model/check-form.js'
import { requirePrice } from '../model/limits.js'

/**
 * The cost of moving each instance. Throws `MIG_FLEET_INVALID` for a cost that is no whole number from 0 to
 * 2 ** 40.
 */
export function compileMoveCosts(
  costs: FleetMoveCosts = {},
  path: string,
): (instance: FleetInstance, profileName: string) => number {
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
  const ofProfile = new Map<string | number, number>()
  for (const [index, { profile, cost }] of profiles.entries()) {
    requirePrice(cost, 0, [path, 'profiles', index, 'cost'])
    ofProfile.set(typeof profile === 'number' ? profile : normaliseProfileName(profile), cost)
  }
  if (ofRequest.size === 0 && ofProfile.size === 0) return () => each
  return ({ id, profileId }, profileName) =>
    (id === undefined ? undefined : ofRequest.get(id)) ??
    ofProfile.get(normaliseProfileName(profileName)) ??
    ofProfile.get(profileId) ??
    each
}
