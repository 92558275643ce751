import { arrangeAroundIdle } from '../../pack/around-idle.js'
import { arrange } from '../arrange.js'
import type { PlaceOnGpu } from '../free-places.js'
import type { GroupedFleet, LayoutGroup } from '../grouped-fleet.js'
import { isIdle, type MoveGpu } from '../move-gpu.js'
import { startGpu, stateOf } from '../running-plan.js'

interface Found extends PlaceOnGpu {
  readonly memory: number
  /** Position among the profiles that serve. */
  readonly choice: number
  /** 0: an idle instance is taken. 1: a new one is created. Above: one less is the number of those to be cleared. */
  readonly rank: number
}

/**
 * A place for the request without moves, on a fleet with idle instances. The profile decides first, then whether an idle
 * instance is taken, a new one is created or others are cleared for it, then the order of the fleet. Null: there is none.
 */
export function findRoomAtOnce({ layoutGroups, wanted }: GroupedFleet): PlaceOnGpu | null {
  let best: Found | null = null
  for (const group of layoutGroups) {
    const gpu = group.slot === undefined ? group.members.at(0) : undefined
    if (gpu === undefined) continue
    for (const found of listPlaces(group, gpu, wanted)) {
      if (best === null || isBefore(found, best)) best = found
    }
  }
  return best
}

function* listPlaces(group: LayoutGroup, gpu: MoveGpu, wanted: number): Iterable<Found> {
  const { accessGroup } = group.classGroup
  const { tables } = accessGroup.model
  const planned = startGpu(gpu, accessGroup)
  for (const [choice, position] of (accessGroup.positionsOf.get(wanted) ?? []).entries()) {
    const memory = tables.profiles[position]?.profile.memoryMiB ?? 0
    const at = { gpu, accessGroup, memory, choice }
    const own = planned.before.find(
      ({ instance, place }) => isIdle(instance) && place.profilePosition === position,
    )
    if (own !== undefined) {
      yield { ...at, place: own.place, rank: 0 }
      continue
    }
    const [place] = arrange(tables, stateOf(planned, null), [position], []) ?? []
    if (place !== undefined) {
      yield { ...at, place, rank: 1 }
      continue
    }
    const others = {
      accessGroup,
      now: planned.now.filter(({ instance }) => instance === null || !gpu.idle.includes(instance)),
    }
    const idle = gpu.idle.map((each) => each.place)
    const start = stateOf(others, null)
    const around = arrangeAroundIdle(tables, { start, idle, positions: [position] })
    const [cleared] = around?.places ?? []
    if (around !== null && cleared !== undefined)
      yield { ...at, place: cleared, rank: 1 + around.cleared.length }
  }
}

/** Groups come in the order of their first GPUs, so of equal ones the first that is found stays. */
function isBefore(one: Found, other: Found): boolean {
  const order = one.memory - other.memory || one.choice - other.choice || one.rank - other.rank
  return order < 0
}
