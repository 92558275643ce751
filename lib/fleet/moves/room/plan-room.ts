import type { RoomMade } from '../../../../types/fleet/moves.js'
import type { FleetRequest } from '../../../../types/fleet/pack.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import type { GpuChange, NamedMove } from '../name-moves.js'
import { orderMoves } from '../order-moves.js'
import type { TouchedGpu } from './find-room.js'

export interface Wanted {
  readonly grouped: GroupedFleet
  readonly request: FleetRequest
}

export function nameTouched(touched: readonly TouchedGpu[]): readonly GpuChange[] {
  const used = new Map<object, number>()
  return touched.map(({ layoutGroup, evicted, incoming }): GpuChange => {
    const { instances, members, classGroup, slot } = layoutGroup
    const number = used.get(layoutGroup) ?? 0
    used.set(layoutGroup, number + 1)
    const gpu = members.at(number)
    if (gpu === undefined) throw new Error('a layout group has as many GPUs as it counts')
    // The instances of the first GPU stand for those of the others, one by one.
    const own = evicted.map((instance) => gpu.instances[instances.indexOf(instance)] ?? instance)
    if (slot !== undefined) {
      const { accessGroup } = slot.host.classGroup
      return { gpu, accessGroup, evicted: [], incoming, slot: slot.place }
    }
    return { gpu, accessGroup: classGroup.accessGroup, evicted: own, incoming }
  })
}

export function planRoom(
  { grouped, request }: Wanted,
  moves: readonly NamedMove[],
  lowerBound: number,
): RoomMade {
  const to = moves.find(({ instance }) => instance === null)?.to
  if (to === undefined) throw new Error('the request has a place')
  const { profiles } = to.accessGroup.model.tables
  const plan = orderMoves(grouped, moves, request.id ?? null)
  const isReused = plan.steps.some(
    ({ move, kind, idle }) => move === null && kind === 'create' && idle === true,
  )
  return {
    kind: 'room',
    gpu: to.gpu.name,
    profileId: profiles[to.place.profilePosition]?.profile.id ?? null,
    placement: to.place.placement,
    ...(isReused && { reused: true }),
    plan,
    lowerBound,
    stopped: null,
  }
}
