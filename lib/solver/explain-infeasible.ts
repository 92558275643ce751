import type { Engines } from '../../types/geometry.js'
import type {
  InfeasibleReason,
  LayoutInfeasible,
  Partition,
  PlacedGpuInstance,
} from '../../types/solver.js'
import {
  type CompiledGeometry,
  type CompiledProfile,
  engineKinds,
} from './compile-geometry.js'
import type { CurrentInstance, CurrentInstances } from './current-instances.js'
import { collectDemands, countDevices, type Demand } from './demand.js'
import { countNewInstances, type PlacedProfile, placeInstances } from './place-instances.js'
import { findFittingPart, type FittingPart } from './would-fit.js'

/** The first thing that a partition asks for and this GPU does not have at all. */
export function explainUnknown(
  geometry: CompiledGeometry,
  partition: Partition,
): InfeasibleReason | null {
  for (const { profileId, sliceCount } of partition) {
    const profile = geometry.profileById.get(profileId)
    if (profile === undefined) return { kind: 'unknown-profile', profileId }
    const available = profile.compute.sizes.map((size) => size.sliceCount)
    if (!available.includes(sliceCount)) {
      return {
        kind: 'compute-profile',
        profileId,
        sliceCount,
        available: available.sort((a, b) => a - b),
      }
    }
  }
  return null
}

/**
 * Why a partition that names only what the GPU has cannot be had: the simplest reason that holds,
 * amounts before positions.
 */
export function explainInfeasible(
  geometry: CompiledGeometry,
  partition: Partition,
  current: CurrentInstances,
): LayoutInfeasible {
  const demands = collectDemands(geometry, partition)
  const pinned = current.instances.filter((instance) => instance.pinned)
  const part = findFittingPart(geometry, partition, pinned)
  const reason =
    explainAmounts(geometry, demands) ??
    explainPinned(demands, current, pinned) ??
    explainPositions(geometry, demands, pinned, part)
  return { kind: 'infeasible', reason, wouldFit: part.partition }
}

function explainAmounts(
  geometry: CompiledGeometry,
  demands: ReadonlyMap<CompiledProfile, Demand>,
): InfeasibleReason | null {
  let slices = 0
  let units = 0
  const engines: Record<keyof Engines, number> = { copy: 0, decoder: 0, encoder: 0, jpeg: 0, ofa: 0 }
  for (const entry of geometry.profiles) {
    const { maximum, unitCount, profile } = entry
    const demand = demands.get(entry)
    if (demand === undefined) continue
    const wanted = countNewInstances(demand, [])
    if (wanted > maximum) {
      return { kind: 'profile-maximum', profileId: profile.id, wanted, available: maximum }
    }
    slices += wanted * profile.sliceCount
    units += wanted * unitCount
    for (const kind of engineKinds) engines[kind] += wanted * profile.engines[kind]
  }
  if (slices > geometry.computeSlices) {
    return { kind: 'compute-slices', wanted: slices, available: geometry.computeSlices }
  }
  if (units > geometry.memoryUnits) {
    return { kind: 'memory-units', wanted: units, available: geometry.memoryUnits }
  }
  for (const engine of engineKinds) {
    const available = geometry.engines[engine]
    if (engines[engine] > available) {
      return { kind: 'engines', engine, wanted: engines[engine], available }
    }
  }
  return null
}

function explainPinned(
  demands: ReadonlyMap<CompiledProfile, Demand>,
  { misfits }: CurrentInstances,
  pinned: readonly CurrentInstance[],
): InfeasibleReason | null {
  const unwanted = new Set<PlacedGpuInstance>(misfits)
  for (const { profile } of pinned) {
    const staying = pinned.filter((instance) => instance.profile === profile)
    const counts = demands.get(profile)?.counts ?? profile.compute.sizes.map(() => 0)
    for (const [size, count] of counts.entries()) {
      const holders = staying.filter(({ contents }) =>
        contents.pinned.some((cell) => cell.size === size),
      )
      const there = holders.flatMap(({ contents }) =>
        contents.pinned.filter((cell) => cell.size === size),
      )
      if (there.length > count) for (const { instance } of holders) unwanted.add(instance)
    }
    // A GPU instance that stays without a pinned compute instance needs a wanted one to be in it.
    const bare = staying.filter(({ contents }) => contents.pinned.length === 0)
    const fixed = staying.reduce((sum, { contents }) => sum + contents.pinned.length, 0)
    if (countDevices(counts) - fixed < bare.length) {
      for (const { instance } of bare) unwanted.add(instance)
    }
  }
  return unwanted.size === 0
    ? null
    : { kind: 'pinned-unwanted', instances: [...unwanted] }
}

function explainPositions(
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
