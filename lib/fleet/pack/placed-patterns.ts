import type { FleetPattern, FleetPlacement } from '../../../types/fleet/pack.js'
import { gpuName } from '../model/member-name.js'
import type { PackGroups } from './pack-groups.js'

/** What each kind of GPU got, counted from the placements. */
export function countPatterns(
  { gpus }: PackGroups,
  placements: readonly FleetPlacement[],
): readonly FleetPattern[] {
  const byGpu = new Map<string, Map<number | null, number>>()
  for (const { gpu, profileId } of placements) {
    const counts = byGpu.get(gpu) ?? new Map<number | null, number>()
    byGpu.set(gpu, counts)
    counts.set(profileId, (counts.get(profileId) ?? 0) + 1)
  }
  const patterns = new Map<string, { like: number; gpuCount: number } & FleetPattern>()
  for (const { gpu, position, model, state, count } of gpus) {
    for (let index = 0; index < count; index += 1) {
      const counts = byGpu.get(gpuName(gpu, index))
      if (counts === undefined) continue
      const instances = [...counts]
        .map(([profileId, each]) => ({ profileId, count: each }))
        .sort((a, b) => (a.profileId ?? -1) - (b.profileId ?? -1))
      const key = JSON.stringify([model.number, state, instances])
      const pattern = patterns.get(key)
      if (pattern === undefined) patterns.set(key, { like: position, gpuCount: 1, instances })
      else pattern.gpuCount += 1
    }
  }
  return [...patterns.values()]
}
