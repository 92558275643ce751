import type { Layout } from '../../../types/solver/layout.js'
import { deepFreeze } from '../../model/freeze.js'
import { byPlacement } from '../../model/placement.js'
import type { DeviceGroups } from '../compute/group-devices.js'
import { buildInstance } from '../layout/build-layout.js'
import type { CompiledPlacement, Tables } from '../tables/tables.js'
import { wholeInstance } from '../tables/whole-instance.js'

/** GPU instances at these places, those of a profile with partial compute instances at the highest. */
export function fillInstances(
  { profiles }: Tables,
  places: readonly CompiledPlacement[],
  { counts, fillings }: DeviceGroups,
): Layout {
  const seen = profiles.map(() => 0)
  const instances = places
    .toSorted((a, b) => a.placement.start - b.placement.start)
    .flatMap((place) => {
      const position = place.profilePosition
      const profile = profiles[position]
      if (profile === undefined) return []
      const index = seen[position] ?? 0
      seen[position] = index + 1
      const partial = fillings?.get(position) ?? []
      const filling = partial[index - ((counts[position] ?? 0) - partial.length)]
      if (filling === undefined) return [wholeInstance(profile, place)]
      return [deepFreeze(buildInstance(profile, place, filling, null))]
    })
  return Object.freeze(instances.sort(byPlacement))
}
