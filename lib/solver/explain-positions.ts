import type { InfeasibleReason, PlacedGpuInstance } from '../../types/solver.js'
import type { CompiledGeometry, CompiledProfile } from './compile-geometry.js'
import type { CurrentInstance } from './current-instances.js'
import { countDevices, type Demand } from './demand.js'
import { countNewInstances, type PlacedProfile, placeInstances } from './place-instances.js'
import type { FittingPart } from './would-fit.js'

/** Which instances cannot sit together, when there is enough of everything. */
export function explainPositions(
  geometry: CompiledGeometry,
  demands: ReadonlyMap<CompiledProfile, Demand>,
  pinned: readonly CurrentInstance[],
  part: FittingPart,
): InfeasibleReason {
  const needed = geometry.profiles.map((profile) => {
    const demand = demands.get(profile)
    const staying = pinned.filter((instance) => instance.profile === profile)
    return demand === undefined ? 0 : countNewInstances(demand, staying)
  })
  const conflict = findConflict(geometry, needed, pinned)
  const missing = findMissing(geometry, needed, pinned, part, conflict.counts)
  return {
    kind: 'no-start',
    profileId: missing.profile.id,
    starts: missing.placements.map(({ placement, mask }) => ({
      start: placement.start,
      blockedBy: part.instances
        .filter(({ place }) => (place.mask & mask) !== 0)
        .map((instance) => showInstance(instance, pinned))
        .sort((a, b) => a.placement.start - b.placement.start),
    })),
    conflict: {
      profileIds: geometry.profiles.flatMap(({ position, profile }) =>
        Array.from({ length: conflict.counts[position] ?? 0 }, () => profile.id),
      ),
      pinned: conflict.pinned.map((instance) => instance.instance),
    },
  }
}

/** The smallest set that cannot sit together: every set is tried, the small ones first. */
function findConflict(
  geometry: CompiledGeometry,
  needed: readonly number[],
  pinned: readonly CurrentInstance[],
): { readonly counts: readonly number[]; readonly pinned: readonly CurrentInstance[] } {
  const counts = needed.map(() => 0)
  const staying: CurrentInstance[] = []

  const chooseFrom = (index: number, left: number): boolean => {
    if (left === 0) return placeInstances(geometry, counts, staying) === null
    if (index < needed.length) {
      for (let count = Math.min(left, needed[index] ?? 0); count >= 0; count -= 1) {
        counts[index] = count
        if (chooseFrom(index + 1, left - count)) return true
      }
      counts[index] = 0
      return false
    }
    const instance = pinned[index - needed.length]
    if (instance === undefined) return false
    staying.push(instance)
    if (chooseFrom(index + 1, left - 1)) return true
    staying.pop()
    return chooseFrom(index + 1, left)
  }
  const all = countDevices(needed) + pinned.length
  for (let size = 1; size <= all; size += 1) {
    if (chooseFrom(0, size)) break
  }
  return { counts, pinned: staying }
}

/** A profile of which the fitting part lacks an instance; one of the conflict if there is one. */
function findMissing(
  geometry: CompiledGeometry,
  needed: readonly number[],
  pinned: readonly CurrentInstance[],
  part: FittingPart,
  conflict: readonly number[],
): CompiledProfile {
  const lacking = geometry.searchOrder.filter((profile) => {
    const of = (entry: { readonly profile: CompiledProfile }): boolean => entry.profile === profile
    const wanted = (needed[profile.position] ?? 0) + pinned.filter(of).length
    return part.instances.filter(of).length < wanted
  })
  const missing = lacking.find(({ position }) => (conflict[position] ?? 0) > 0) ?? lacking[0]
  if (missing === undefined) throw new Error('a part that lacks nothing is no part')
  return missing
}

function showInstance(
  { profile, place }: PlacedProfile,
  pinned: readonly CurrentInstance[],
): PlacedGpuInstance {
  const there = pinned.find((entry) => entry.place === place)
  if (there !== undefined) return there.instance
  const { start, size } = place.placement
  return { profileId: profile.profile.id, placement: { start, size }, computeInstances: [] }
}
