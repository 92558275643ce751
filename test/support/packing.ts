import type { FleetPacking, PackFleetProblem } from '../../types/fleet/pack.js'
import type { Geometry } from '../../types/model/geometry.js'

/**
 * What is wrong with a packing, if anything: each request once, on a free and legal place of a GPU of the
 * list, and the figures as counted from the placements. For GPUs with a geometry and no count.
 */
export function findPackingFault(
  { requests, gpus }: PackFleetProblem,
  { placements, unplaced, objective }: Pick<FleetPacking, 'placements' | 'unplaced' | 'objective'>,
): string | null {
  const placed = requests.map(() => 0)
  const taken = new Map<string, Set<number>>()
  const holding = new Set<string>()
  for (const { id, layout = [] } of gpus) {
    const units = layout.flatMap(({ placement: { start, size } }) =>
      Array.from({ length: size }, (_, index) => start + index),
    )
    taken.set(id, new Set(units))
    if (layout.length > 0) holding.add(id)
  }
  for (const { entry, gpu: id, profileId, placement } of placements) {
    const gpu = gpus.find((each) => each.id === id)
    if (gpu === undefined) return `no GPU ${id}`
    placed[entry] = (placed[entry] ?? 0) + 1
    const { profiles } = gpu.geometry as Geometry
    const profile = profiles.find((each) => each.id === profileId)
    if (profile === undefined || placement === null) return `no profile ${profileId} on ${id}`
    const isPlace = ({ start, size }: { start: number; size: number }): boolean =>
      start === placement.start && size === placement.size
    if (!profile.placements.some(isPlace)) return `no place ${placement.start} on ${id}`
    const units = taken.get(id) ?? new Set()
    for (let unit = placement.start; unit < placement.start + placement.size; unit += 1) {
      if (units.has(unit)) return `unit ${unit} of ${id} is taken twice`
      units.add(unit)
    }
    holding.add(id)
    const { profile: name, need } = requests[entry] ?? {}
    if (name !== undefined && name !== profile.name) return `${profile.name} for ${name}`
    const { memoryMiB = 0, computeSlices = 0 } = need ?? {}
    if (profile.memoryMiB < memoryMiB || profile.sliceCount < computeSlices) {
      return `${profile.name} is less than ${JSON.stringify(need)}`
    }
  }
  let lost = 0
  for (const { entry, count } of unplaced) {
    placed[entry] = (placed[entry] ?? 0) + count
    lost += count * (requests[entry]?.value ?? 1)
  }
  for (const [entry, { count = 1 }] of requests.entries()) {
    if (placed[entry] !== count) return `requests[${entry}]: ${placed[entry]} of ${count}`
  }
  if (lost !== objective.unplacedValue) return `left out: ${lost}`
  return holding.size === objective.gpus ? null : `${holding.size} GPUs hold something`
}
