import type { Tables } from '../tables/tables.js'
import type { StartOrder } from './precedence.js'

/** As NVIDIA's driver lists devices: by name, and so by start. */
export function lowestStart({ profiles }: Tables): StartOrder {
  return profiles.map(({ placements }) => [...placements.keys()])
}

/** HAMi 2.10: 1g and 3g take the highest free start, all others the lowest. */
export function hamiOrder({ profiles }: Tables): StartOrder {
  return profiles.map(({ profile, placements }) => {
    const places = [...placements.keys()]
    return profile.sliceCount === 1 || profile.sliceCount === 3 ? places.reverse() : places
  })
}
