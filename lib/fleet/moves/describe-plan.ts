import type { FleetPlan, FleetPlanInstance } from '../../../types/fleet/moves.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { AccessGroup } from './access-groups.js'
import type { PlaceOnGpu } from './free-places.js'
import { isIdle, type MoveGpu, type MoveInstance } from './move-gpu.js'

/** What is at a place. Null: the request of the plan. */
export interface Occupant {
  readonly place: CompiledPlacement
  readonly instance: MoveInstance | null
}

export function describePlace({
  gpu,
  accessGroup,
  place,
}: PlaceOnGpu): FleetPlan['moves'][number]['from'] {
  const profile = accessGroup.model.tables.profiles[place.profilePosition]?.profile
  if (profile === undefined) throw new Error('a place has a profile')
  return { gpu: gpu.name, profileId: profile.id, placement: place.placement }
}

export function describeInstance(
  { accessGroup, place }: PlaceOnGpu,
  instance: MoveInstance | null,
  requestId: string | null,
): FleetPlanInstance {
  const profile = accessGroup.model.tables.profiles[place.profilePosition]?.profile
  if (profile === undefined) throw new Error('a place has a profile')
  return {
    request: instance === null ? requestId : (instance.given.id ?? null),
    profileId: profile.id,
    profileName: profile.name,
    sliceCount: profile.sliceCount,
    placement: place.placement,
    ...(isIdle(instance) && { idle: true }),
  }
}

export function listInstances(
  gpu: MoveGpu,
  accessGroup: AccessGroup,
  holders: readonly Occupant[],
  requestId: string | null,
): readonly FleetPlanInstance[] {
  return holders
    .map(({ place, instance }) =>
      describeInstance({ gpu, accessGroup, place }, instance, requestId),
    )
    .sort((a, b) => a.placement.start - b.placement.start || a.profileId - b.profileId)
}
