import type { Geometry, GpuInstanceProfile, Placement } from '../../types/model/geometry.js'
import type { Layout, Partition, PlacedGpuInstance } from '../../types/solver/layout.js'

// An independent statement of what is legal and what is best, made to be obviously right and not to
// be fast: every set of places is built, every rule is checked on it anew.

interface Spot {
  readonly profile: GpuInstanceProfile
  readonly placement: Placement
}

const engines = ['copy', 'decoder', 'encoder', 'jpeg', 'ofa'] as const

function unitsOf({ start, size }: Placement): readonly number[] {
  return Array.from({ length: size }, (_, index) => start + index)
}

function disjoint(placements: readonly Placement[]): boolean {
  const units = placements.flatMap(unitsOf)
  return new Set(units).size === units.length
}

/**
 * No overlap, no more of a profile than it allows, and no more slices and engines than the GPU must
 * have by the word of its profiles: those of any one of them as often as it may be there.
 */
export function isLegalSet(geometry: Geometry, spots: readonly Spot[]): boolean {
  if (!disjoint(spots.map((spot) => spot.placement))) return false
  for (const profile of geometry.profiles) {
    const count = spots.filter((spot) => spot.profile === profile).length
    if (count > profile.instanceCount) return false
  }
  const amounts: ((profile: GpuInstanceProfile) => number)[] = [
    (profile) => profile.sliceCount,
    ...engines.map((engine) => (profile: GpuInstanceProfile) => profile.engines[engine]),
  ]
  return amounts.every((amount) => {
    const sum = spots.reduce((total, spot) => total + amount(spot.profile), 0)
    const whole = geometry.profiles.map((profile) => amount(profile) * profile.instanceCount)
    return sum <= Math.max(0, ...whole)
  })
}

const knownSets = new WeakMap<Geometry, readonly (readonly Spot[])[]>()

/** Every legal set of GPU instances, the empty one included. */
export function allSpotSets(geometry: Geometry): readonly (readonly Spot[])[] {
  const known = knownSets.get(geometry) ?? buildSpotSets(geometry)
  knownSets.set(geometry, known)
  return known
}

function buildSpotSets(geometry: Geometry): readonly (readonly Spot[])[] {
  const spots = geometry.profiles.flatMap((profile) =>
    profile.placements.map((placement) => ({ profile, placement })),
  )
  let sets: (readonly Spot[])[] = [[]]
  for (const spot of spots) {
    sets = sets.concat(sets.map((set) => [...set, spot]).filter((set) => isLegalSet(geometry, set)))
  }
  return sets
}

export function isMaximalSet(geometry: Geometry, spots: readonly Spot[]): boolean {
  return !geometry.profiles.some((profile) =>
    profile.placements.some((placement) =>
      isLegalSet(geometry, [...spots, { profile, placement }]),
    ),
  )
}

export function multisetKey(spots: readonly Spot[]): string {
  return spots
    .map((spot) => spot.profile.id)
    .sort((a, b) => a - b)
    .join()
}

/** Every legal set of compute instances in one GPU instance, at least one. */
export function allFillings(
  profile: GpuInstanceProfile,
): readonly (readonly { readonly sliceCount: number; readonly placement: Placement }[])[] {
  const table = profile.computeInstanceProfiles
  if (table === null) throw new Error('the table must be known')
  const seen = new Set<string>()
  // Hopper's double-memory 1g has two profiles of one slice: a device means the one with all multiprocessors.
  const cells = table
    .toSorted((a, b) => b.multiprocessorCount - a.multiprocessorCount)
    .flatMap(({ sliceCount, placements }) =>
      placements.map((placement) => ({ sliceCount, placement })),
    )
    .filter(({ sliceCount, placement }) => {
      const key = `${sliceCount}@${placement.start}`
      return seen.has(key) ? false : seen.add(key)
    })
  let sets: (typeof cells)[] = [[]]
  for (const cell of cells) {
    sets = sets.concat(
      sets
        .map((set) => [...set, cell])
        .filter((set) => disjoint(set.map((entry) => entry.placement)))
        .filter((set) =>
          table.every((size) => {
            const most = Math.max(
              ...table.filter((t) => t.sliceCount === size.sliceCount).map((t) => t.instanceCount),
            )
            return set.filter((entry) => entry.sliceCount === size.sliceCount).length <= most
          }),
        ),
    )
  }
  return sets.filter((set) => set.length > 0)
}

/** Every layout with exactly the wanted devices. */
export function* allLayouts(geometry: Geometry, wanted: Partition): Generator<Layout> {
  const fillings = new Map(geometry.profiles.map((profile) => [profile, allFillings(profile)]))
  const goal = countDevices(wanted)
  const devices = [...goal.values()].reduce((sum, count) => sum + count, 0)
  for (const spots of allSpotSets(geometry)) {
    if (spots.length > devices) continue
    if (
      !spots.every(({ profile }) =>
        [...goal.keys()].some((key) => key.startsWith(`${profile.id}:`)),
      )
    )
      continue
    yield* fillSpots(spots, fillings, goal)
  }
}

function* fillSpots(
  spots: readonly Spot[],
  fillings: ReadonlyMap<GpuInstanceProfile, ReturnType<typeof allFillings>>,
  goal: ReadonlyMap<string, number>,
): Generator<PlacedGpuInstance[]> {
  const [first, ...rest] = spots
  if (first === undefined) {
    if ([...goal.values()].every((count) => count === 0)) yield []
    return
  }
  for (const filling of fillings.get(first.profile) ?? []) {
    const left = new Map(goal)
    for (const { sliceCount } of filling) {
      const key = `${first.profile.id}:${sliceCount}`
      left.set(key, (left.get(key) ?? 0) - 1)
    }
    if ([...left.values()].some((count) => count < 0)) continue
    for (const others of fillSpots(rest, fillings, left)) {
      yield [
        { profileId: first.profile.id, placement: first.placement, computeInstances: filling },
        ...others,
      ]
    }
  }
}

export function countDevices(wanted: Partition): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { profileId, sliceCount, count } of wanted) {
    if (count === 0) continue
    const key = `${profileId}:${sliceCount}`
    counts.set(key, (counts.get(key) ?? 0) + count)
  }
  return counts
}

const samePlace = (a: Placement | null, b: Placement | null): boolean =>
  a !== null && b !== null && a.start === b.start && a.size === b.size

export function keptGpuInstances(layout: Layout, current: Layout): number {
  return current.filter((old) => findSame(layout, old) !== undefined).length
}

export function keptComputeInstances(layout: Layout, current: Layout): number {
  return current.reduce((sum, old) => {
    const same = findSame(layout, old)
    return (
      sum +
      old.computeInstances.filter((compute) =>
        same?.computeInstances.some(
          (other) =>
            other.sliceCount === compute.sliceCount &&
            samePlace(other.placement, compute.placement),
        ),
      ).length
    )
  }, 0)
}

export function keepsPinned(layout: Layout, current: Layout): boolean {
  return current.every((old) => {
    const mustStay = old.computeInstances.filter((compute) => old.pinned || compute.pinned)
    if (!old.pinned && mustStay.length === 0) return true
    const same = findSame(layout, old)
    return (
      same !== undefined &&
      mustStay.every((compute) =>
        same.computeInstances.some(
          (other) =>
            other.sliceCount === compute.sliceCount &&
            samePlace(other.placement, compute.placement),
        ),
      )
    )
  })
}

function findSame(layout: Layout, old: PlacedGpuInstance): PlacedGpuInstance | undefined {
  return layout.find(
    (other) => other.profileId === old.profileId && samePlace(other.placement, old.placement),
  )
}

const knownRooms = new WeakMap<Geometry, Map<string, number>>()

/** How many different multisets of GPU instances can still be added. */
export function countAddable(geometry: Geometry, layout: Layout): number {
  const key = layout
    .map(({ profileId, placement }) => `${profileId}@${placement.start}`)
    .sort()
    .join()
  const rooms = knownRooms.get(geometry) ?? new Map<string, number>()
  knownRooms.set(geometry, rooms)
  const room = rooms.get(key) ?? countAddableAnew(geometry, layout)
  rooms.set(key, room)
  return room
}

function countAddableAnew(geometry: Geometry, layout: Layout): number {
  const sets = allSpotSets(geometry)
  const there = layout.map(({ profileId, placement }) => {
    const profile = geometry.profiles.find((candidate) => candidate.id === profileId)
    if (profile === undefined) throw new Error(`no profile ${profileId}`)
    return { profile, placement }
  })
  return new Set(
    sets.filter((set) => isLegalSet(geometry, [...there, ...set])).map((set) => multisetKey(set)),
  ).size
}
