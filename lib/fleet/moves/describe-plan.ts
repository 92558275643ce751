import type { FleetPlan, FleetPlanInstance } from '../../../types/fleet/moves.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { MoveSite } from './access-groups.js'
import type { MoveGpu, MoveItem } from './move-gpu.js'
import type { PlaceOnGpu } from './name-moves.js'

/** What is at a place; of the request itself there is no item. */
export interface Holder {
  readonly place: CompiledPlacement
  readonly item: MoveItem | null
}

export function describePlace({
  gpu,
  site,
  place,
}: PlaceOnGpu): FleetPlan['moves'][number]['from'] {
  const profile = site.model.tables.profiles[place.profilePosition]?.profile
  if (profile === undefined) throw new Error('a place has a profile')
  return { gpu: gpu.name, profileId: profile.id, placement: place.placement }
}

export function describeInstance(
  { site, place }: PlaceOnGpu,
  item: MoveItem | null,
  requestId: string | null,
): FleetPlanInstance {
  const profile = site.model.tables.profiles[place.profilePosition]?.profile
  if (profile === undefined) throw new Error('a place has a profile')
  return {
    request: item === null ? requestId : (item.instance.id ?? null),
    profileId: profile.id,
    profileName: profile.name,
    sliceCount: profile.sliceCount,
    placement: place.placement,
  }
}

export function listInstances(
  gpu: MoveGpu,
  site: MoveSite,
  holders: readonly Holder[],
  requestId: string | null,
): readonly FleetPlanInstance[] {
  return holders
    .map(({ place, item }) => describeInstance({ gpu, site, place }, item, requestId))
    .sort((a, b) => a.placement.start - b.placement.start || a.profileId - b.profileId)
}
