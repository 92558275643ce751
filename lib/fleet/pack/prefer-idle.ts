import type { FleetCleared, FleetPlacement } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import { placeOf } from '../../solver/tables/tables.js'
import { mayEnter } from '../model/gpu-filter.js'
import { type GroupedProblem, isIdleGroup } from '../model/grouped-problem.js'
import { gpuName } from '../model/member-name.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

interface FreeIdle {
  readonly gpu: string
  readonly entry: FleetGpuEntry
  readonly place: CompiledPlacement
}

/**
 * Lets placements on GPUs that were in use before take idle instances of their profile elsewhere. No figure of the packing
 * changes. `isTied`: requests that stay where they are, because rules tie them to their neighbours.
 */
export function preferIdle(
  fleet: GroupedProblem,
  placements: readonly FleetPlacement[],
  isTied: readonly boolean[],
  cleared: readonly FleetCleared[],
): readonly FleetPlacement[] {
  if (!fleet.groups.some(isIdleGroup)) return placements
  const reused = placements.filter((each) => each.reused === true)
  const taken = new Set([...reused, ...cleared].map(keyOf))
  const free = new Map<string, FreeIdle[]>()
  const entryOf = new Map<string, FleetGpuEntry>()
  for (const entry of fleet.gpus) {
    const { gpu, count, model, inUse } = entry
    for (let number = 0; inUse && number < count; number += 1) {
      const name = gpuName(gpu, number)
      entryOf.set(name, entry)
      for (const instance of gpu.layout ?? []) {
        const place = instance.idle === true ? placeOf(model.tables, instance) : null
        if (place === null || taken.has(keyOf({ ...instance, gpu: name }))) continue
        const key = `${model.number} ${instance.profileId}`
        cached(free, key, (): FreeIdle[] => []).push({ gpu: name, entry, place })
      }
    }
  }
  if (free.size === 0) return placements
  return placements.map((placement) => {
    const { gpu, profileId, entry, reused } = placement
    const host = entryOf.get(gpu)
    const request = fleet.problem.requests[entry]
    if (reused === true || host === undefined || request === undefined || isTied[entry] === true)
      return placement
    const there = free.get(`${host.model.number} ${profileId}`) ?? []
    const index = there.findIndex((each) => mayEnter(each.entry.gpu, request))
    const [found] = index < 0 ? [] : there.splice(index, 1)
    if (found === undefined) return placement
    const node = found.entry.gpu.node ?? null
    return { ...placement, gpu: found.gpu, node, placement: found.place.placement, reused: true }
  })
}

function keyOf({
  gpu,
  profileId,
  placement,
}: Pick<FleetPlacement, 'gpu' | 'profileId' | 'placement'>): string {
  return `${gpu} ${profileId} ${placement?.start}`
}
