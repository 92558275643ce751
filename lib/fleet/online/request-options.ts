import type { FleetRequest } from '../../../types/fleet/pack.js'
import { isMigError } from '../../errors.js'
import { findOptions } from '../model/fleet-request.js'
import type { FleetGround } from './fleet-state.js'

/** By model: positions of the profiles that serve a request. */
export type Options = readonly (readonly number[])[]

/** How many different needs are remembered. Beyond that, each is found anew. */
const mostKnownNeeds = 4096

export interface RequestOptions {
  /** Throws `MIG_PROFILE_UNKNOWN` for a profile that no GPU has. */
  readonly optionsOf: (request: FleetRequest) => Options
  /** The same for a request that holds something. No GPU may have its profile any more. */
  readonly heldOptionsOf: (asked: FleetRequest) => Options
}

/** Remembers what serves a request as long as the models of the fleet stay the same. */
export function createRequestOptions(
  ground: Pick<FleetGround, 'models' | 'modelsVersion'>,
): RequestOptions {
  const { models } = ground
  const byProfile = new Map<string | number, Options>()
  const byNeed = new Map<string, Options>()
  const heldOptions = new WeakMap<FleetRequest, { version: number; options: Options }>()
  let modelsVersion = ground.modelsVersion

  const optionsOf = (request: FleetRequest): Options => {
    if (modelsVersion !== ground.modelsVersion) {
      modelsVersion = ground.modelsVersion
      byProfile.clear()
      byNeed.clear()
    }
    const { profile, need } = request
    if (profile !== undefined) {
      let options = byProfile.get(profile)
      if (options === undefined) {
        options = findOptions(models, request, ['request'])
        byProfile.set(profile, options)
      }
      return options
    }
    if (need === undefined) return findOptions(models, request, ['request'])
    const key = JSON.stringify(need)
    let options = byNeed.get(key)
    if (options === undefined) {
      options = findOptions(models, request, ['request'])
      if (byNeed.size >= mostKnownNeeds) byNeed.clear()
      byNeed.set(key, options)
    }
    return options
  }

  const findHeldOptions = (asked: FleetRequest): Options => {
    try {
      return optionsOf(asked)
    } catch (error) {
      if (!isMigError(error)) throw error
      return models.list.map(() => [])
    }
  }
  const heldOptionsOf = (asked: FleetRequest): Options => {
    const known = heldOptions.get(asked)
    if (known?.version === ground.modelsVersion) return known.options
    const options = findHeldOptions(asked)
    heldOptions.set(asked, { version: ground.modelsVersion, options })
    return options
  }

  return { optionsOf, heldOptionsOf }
}
