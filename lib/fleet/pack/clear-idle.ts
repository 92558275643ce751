import type { FleetCleared, FleetInstance, FleetPlacement } from '../../../types/fleet/pack.js'
import { groupBy } from '../../model/group-by.js'
import { isSameInstance } from '../../model/placement.js'
import { placeOf, type Tables } from '../../solver/tables/tables.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { mayClear } from '../model/idle-instance.js'
import { gpuName } from '../model/member-name.js'
import { arrangeAroundIdle } from './around-idle.js'

export interface ClearedPacking {
  readonly placements: readonly FleetPlacement[]
  readonly cleared: readonly FleetCleared[]
}

/**
 * New places, on the same GPUs, for a packing that counted idle instances as free room: what is idle is taken where it can
 * be, and as little as possible is cleared. `original` has the idle instances.
 */
export function settleCleared(
  original: GroupedProblem,
  placements: readonly FleetPlacement[],
): ClearedPacking {
  const byGpu = groupBy(placements.keys(), (index) => placements[index]?.gpu ?? '')
  const settled = [...placements]
  const cleared: FleetCleared[] = []
  for (const { gpu, count, model } of original.gpus) {
    const { layout = [], node = null } = gpu
    if (!layout.some(mayClear)) continue
    for (let number = 0; number < count; number += 1) {
      const name = gpuName(gpu, number)
      const numbers = (byGpu.get(name) ?? []).filter(
        (index) => !isPinnedIdle(layout, settled[index]),
      )
      const positions = numbers.map((index) => positionOf(model.tables, settled[index]))
      const kept = layout.filter((each) => !mayClear(each))
      const idle = layout.filter(mayClear).flatMap((each) => placeOf(model.tables, each) ?? [])
      const start = stateOf(model.tables, kept)
      const found = arrangeAroundIdle(model.tables, { start, idle, positions })
      if (found === null) throw new Error('what was packed has places')
      for (const [order, index] of numbers.entries()) {
        const place = found.places[order]
        const { reused: _reused, ...before } = settled[index] as FleetPlacement
        if (place === undefined) continue
        const at = { ...before, placement: place.placement }
        settled[index] = idle.includes(place) ? { ...at, reused: true } : at
      }
      for (const { profilePosition, placement } of found.cleared) {
        const profileId = model.tables.profiles[profilePosition]?.profile.id ?? -1
        cleared.push({ gpu: name, node, profileId, placement })
      }
    }
  }
  return { placements: settled, cleared }
}

/** What may not be cleared is taken as it is, and stays where it is. */
function isPinnedIdle(
  layout: readonly FleetInstance[],
  placement: FleetPlacement | undefined,
): boolean {
  if (placement?.reused !== true) return false
  return layout.some((each) => !mayClear(each) && isSameInstance(each, placement as FleetInstance))
}

function positionOf({ profileById }: Tables, placement: FleetPlacement | undefined): number {
  return profileById.get(placement?.profileId ?? -1)?.position ?? -1
}

function stateOf(tables: Tables, layout: readonly FleetInstance[]): number {
  return layout.reduce(
    (at, each) => tables.states.nextOf(at)[placeOf(tables, each)?.number ?? -1] ?? -1,
    0,
  )
}
