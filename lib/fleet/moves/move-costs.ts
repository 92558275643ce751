import type { FleetInstance } from '../../../types/fleet.js'
import type { FleetMoveCosts } from '../../../types/fleet-moves.js'
import { normaliseProfileName } from '../../model/index.js'
import { requireList, requireObject } from '../model/check-form.js'
import { requireWhole } from '../model/invalid.js'

/** What it costs to move an instance. Throws `MIG_FLEET_INVALID` for what is no whole number from 0. */
export function compileMoveCosts(
  costs: FleetMoveCosts = {},
  path: string,
): (instance: FleetInstance, profileName: string) => number {
  requireObject(costs, [path])
  const { each = 1, profiles = [], requests = [] } = costs
  requireList(profiles, [path, 'profiles'])
  requireList(requests, [path, 'requests'])
  requireWhole(each, 0, [path, 'each'])
  const ofRequest = new Map<string, number>()
  for (const [index, { id, cost }] of requests.entries()) {
    ofRequest.set(id, requireWhole(cost, 0, [path, 'requests', index, 'cost']))
  }
  const ofProfile = new Map<string | number, number>()
  for (const [index, { profile, cost }] of profiles.entries()) {
    requireWhole(cost, 0, [path, 'profiles', index, 'cost'])
    ofProfile.set(typeof profile === 'number' ? profile : normaliseProfileName(profile), cost)
  }
  if (ofRequest.size === 0 && ofProfile.size === 0) return () => each
  return ({ id, profileId }, profileName) =>
    (id === undefined ? undefined : ofRequest.get(id)) ??
    ofProfile.get(normaliseProfileName(profileName)) ??
    ofProfile.get(profileId) ??
    each
}
