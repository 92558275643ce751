import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import { cached } from '../../model/cached.js'
import { deepFreeze } from '../../model/freeze.js'
import { byPlacement } from '../../model/placement.js'
import type { Filling } from '../compute/compute-packing.js'
import type { DeviceGroups } from '../compute/group-devices.js'
import type { CompiledPlacement, CompiledProfile, Tables } from '../tables/tables.js'
import type { CurrentInstance } from './current-instances.js'

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

const instances = new WeakMap<CompiledPlacement, PlacedGpuInstance>()

/** A GPU instance with its full compute instance: one frozen object for each place. */
export function wholeInstance(
  profile: CompiledProfile,
  place: CompiledPlacement,
): PlacedGpuInstance {
  return cached(instances, place, () => {
    const { id, sliceCount } = profile.profile
    const { whole, assumed } = profile.compute
    return deepFreeze({
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
  })
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
      const sliceCount = compute.sizes[cell.size]?.sliceCount ?? 0
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

/** The caller's own objects are never frozen with the answer. */
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
