import type { FleetRequest } from '../../../types/fleet/pack.js'
import { isMigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { findOptions, listServing } from '../model/serving-profiles.js'
import type { FleetState } from './fleet-state.js'

/** Positions of the profiles that serve a request, by model. */
export type Options = readonly (readonly number[])[]

/** After so many different needs, the memory of them starts anew. */
const mostKnownNeeds = 4096

export interface RequestOptions {
  /** Throws `MIG_PROFILE_UNKNOWN` for a profile that no GPU has. */
  readonly optionsOf: (request: FleetRequest) => Options
  /** The same for a request that holds something, even if no GPU has its profile any more. */
  readonly heldOptionsOf: (asked: FleetRequest) => Options
}

/** Remembers what serves a request as long as the models of the fleet stay the same. */
export function createRequestOptions(
  state: Pick<FleetState, 'models' | 'modelsVersion' | 'pools'>,
): RequestOptions {
  const { models } = state
  const byProfile = new Map<string | number, Options>()
  const byNeed = new Map<string, Options>()
  const heldOptions = new WeakMap<FleetRequest, { version: number; options: Options }>()
  let modelsVersion = state.modelsVersion

  const optionsOf = (request: FleetRequest): Options => {
    if (modelsVersion !== state.modelsVersion) {
      modelsVersion = state.modelsVersion
      byProfile.clear()
      byNeed.clear()
    }
    const { profile, need } = request
    if (profile !== undefined) {
      // Nearly every decision comes through here, so it makes no function for `cached`.
      const known = byProfile.get(profile)
      if (known !== undefined) return known
      const options = findOptions(models, request, ['request'])
      byProfile.set(profile, options)
      return options
    }
    if (need === undefined) return findOptions(models, request, ['request'])
    // An idle instance may be of a profile that nobody would create for this need.
    const hasIdle = state.pools.some(({ idle }) => idle.count > 0)
    const key = `${hasIdle} ${JSON.stringify(need)}`
    if (byNeed.size >= mostKnownNeeds && !byNeed.has(key)) byNeed.clear()
    return cached(byNeed, key, () =>
      (hasIdle ? listServing : findOptions)(models, request, ['request']),
    )
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
    if (known?.version === state.modelsVersion) return known.options
    const options = findHeldOptions(asked)
    heldOptions.set(asked, { version: state.modelsVersion, options })
    return options
  }

  return { optionsOf, heldOptionsOf }
}
