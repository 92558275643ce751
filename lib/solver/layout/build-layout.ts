import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import { deepFreeze } from '../../model/freeze.js'
import { at } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import type { Filling } from '../compute/compute-packing.js'
import type { DeviceGroups } from '../compute/group-devices.js'
import type { CompiledPlacement, CompiledProfile, Tables } from '../tables/tables.js'
import type { CurrentInstance } from './current-instances.js'

/**
 * GPU instances at these places. Among those of one profile, the ones with partial compute instances get
 * the highest places.
 */
export function fillInstances(
  { profiles }: Tables,
  places: readonly CompiledPlacement[],
  { counts, fillings }: DeviceGroups,
): Layout {
  const seen = profiles.map(() => 0)
  const instances = places
    .toSorted((a, b) => a.placement.start - b.placement.start)
    .map((place) => {
      const position = place.profilePosition
      const profile = at(profiles, position)
      const index = at(seen, position)
      seen[position] = index + 1
      const partial = fillings?.get(position) ?? []
      const filling = partial[index - (at(counts, position) - partial.length)]
      if (filling === undefined) return wholeInstance(profile, place)
      return deepFreeze(buildInstance(profile, place, filling, null))
    })
  return Object.freeze(instances.sort(byPlacement))
}

const instances = new WeakMap<CompiledPlacement, PlacedGpuInstance>()

/** A GPU instance with its full compute instance: one frozen object for each place. */
export function wholeInstance(
  profile: CompiledProfile,
  place: CompiledPlacement,
): PlacedGpuInstance {
  return instances.get(place) ?? keepWhole(profile, place)
}

function keepWhole(
  { profile, compute }: CompiledProfile,
  place: CompiledPlacement,
): PlacedGpuInstance {
  const { whole, assumed } = compute
  const instance: PlacedGpuInstance = deepFreeze({
    profileId: profile.id,
    placement: { start: place.placement.start, size: place.placement.size },
    computeInstances: [
      {
        sliceCount: profile.sliceCount,
        placement: whole === null ? null : { start: whole.start, size: whole.size },
        ...(assumed ? { placementAssumed: true } : {}),
      },
    ],
  })
  instances.set(place, instance)
  return instance
}

export function buildInstance(
  profile: CompiledProfile,
  { placement }: CompiledPlacement,
  filling: Filling,
  kept: CurrentInstance | null,
): PlacedGpuInstance {
  return {
    profileId: profile.profile.id,
    placement: { start: placement.start, size: placement.size },
    computeInstances: placeComputeInstances(profile, filling, kept),
    ...(kept === null ? {} : marksOf(kept.instance)),
  }
}

function placeComputeInstances(
  { compute }: CompiledProfile,
  filling: Filling,
  kept: CurrentInstance | null,
): readonly PlacedComputeInstance[] {
  return filling.cells
    .map((cell): { readonly start: number; readonly placed: PlacedComputeInstance } => {
      for (const [there, { size, placement }] of kept?.cellOf ?? []) {
        if (size === cell.size && placement.start === cell.placement.start) {
          return { start: placement.start, placed: copyComputeInstance(there) }
        }
      }
      const { sliceCount } = at(compute.sizes, cell.size)
      const { start, size } = cell.placement
      return {
        start,
        placed: {
          sliceCount,
          placement: compute.takesPlacements ? { start, size } : null,
          ...(compute.assumed ? { placementAssumed: true } : {}),
        },
      }
    })
    .sort((a, b) => a.start - b.start)
    .map(({ placed }) => placed)
}

/** A copy, so that the answer can be frozen without the caller's own objects. */
export function copyComputeInstance(there: PlacedComputeInstance): PlacedComputeInstance {
  const { placement } = there
  return {
    ...there,
    placement: placement === null ? null : { start: placement.start, size: placement.size },
  }
}

export function marksOf({
  pinned,
  busy,
}: PlacedGpuInstance): Pick<PlacedGpuInstance, 'pinned' | 'busy'> {
  return { ...(pinned === true ? { pinned } : {}), ...(busy === true ? { busy } : {}) }
}
