import type { DemandAssignment } from './assign-demands.js'
import type { GpuLoads, LoadedGpu } from './gpu-loads.js'
import type { PatternUse } from './packed-classes.js'

/** The packing by numbers again: which patterns the GPUs take, and which profiles the requests get. */
export function toClasses({ gpus, profilesOf, left }: GpuLoads): {
  readonly uses: readonly PatternUse[]
  readonly assignment: DemandAssignment
} {
  const placed = profilesOf.map((profiles) => profiles.map(() => 0))
  const uses = new Map<string, PatternUse & { count: number }>()
  for (const gpu of gpus) {
    for (const { demand, option } of gpu.items) {
      const each = placed[demand]
      if (each !== undefined) each[option] = (each[option] ?? 0) + 1
    }
    if (gpu.items.length === 0) continue
    const key = `${gpu.group.number}:${gpu.partition}`
    const use = uses.get(key)
    if (use === undefined) uses.set(key, { column: columnOf(gpu, profilesOf), count: 1 })
    else use.count += 1
  }
  return { uses: [...uses.values()], assignment: { placed, unplaced: [...left] } }
}

function columnOf(
  { group, items, steps }: LoadedGpu,
  profilesOf: GpuLoads['profilesOf'],
): PatternUse['column'] {
  const pattern = Array.from({ length: steps.width }, () => 0)
  const holds = new Map<number, number>()
  for (const { demand, option, position } of items) {
    pattern[position] = (pattern[position] ?? 0) + 1
    const profile = profilesOf[demand]?.[option] ?? 0
    holds.set(profile, (holds.get(profile) ?? 0) + 1)
  }
  return { group, pattern, holds: Array.from(holds, ([profile, count]) => ({ profile, count })) }
}
