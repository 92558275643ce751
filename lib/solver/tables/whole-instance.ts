import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { deepFreeze } from '../../model/freeze.js'
import type { CompiledPlacement, CompiledProfile } from './table-types.js'

const instances = new WeakMap<CompiledPlacement, PlacedGpuInstance>()

/** A GPU instance with its full compute instance: one frozen object for each place. */
export function wholeInstance(
  profile: CompiledProfile,
  place: CompiledPlacement,
): PlacedGpuInstance {
  let instance = instances.get(place)
  if (instance === undefined) {
    const { id, sliceCount } = profile.profile
    const { whole, assumed } = profile.compute
    instance = deepFreeze({
      profileId: id,
      placement: { start: place.placement.start, size: place.placement.size },
      computeInstances: [
        {
          sliceCount,
          placement: whole === null ? null : { start: whole.start, size: whole.size },
          ...(assumed ? { placementAssumed: true } : {}),
        },
      ],
    })
    instances.set(place, instance)
  }
  return instance
}
