import type { Geometry, GpuInstanceProfile, Placement } from '../../types/model/geometry.js'
import type { Layout, Partition } from '../../types/solver/layout.js'
import { isLegalSet } from './brute-force.js'
import { placeableEntries } from './geometry.js'

// What can be placed beside what, found by putting every two legal sets of GPU instances together.
// It shares nothing with the solver but the geometry.

export interface NaiveSet {
  readonly number: number
  readonly layout: Layout
  /** Instances by profile position. */
  readonly counts: readonly number[]
  readonly partition: string
  /** Profile position and start of each, in ascending order of start. */
  readonly spots: readonly { readonly position: number; readonly start: number }[]
}

export interface NaiveSearch {
  readonly geometry: Geometry
  /** Every legal set, the empty one first. */
  readonly sets: readonly NaiveSet[]
  /** Of each set the sets that can be added to it, with the set that this makes. */
  readonly additions: readonly (readonly { readonly added: NaiveSet; readonly whole: NaiveSet }[])[]
  /** Of each set the partitions that can be added to it. */
  readonly addable: readonly ReadonlySet<string>[]
  /** Every partition by its key. */
  readonly partitions: ReadonlyMap<string, Partition>
}

interface Spot {
  readonly profile: GpuInstanceProfile
  readonly position: number
  readonly placement: Placement
}

export function searchNaively(geometry: Geometry): NaiveSearch {
  const spots = geometry.profiles.flatMap((profile, position) =>
    profile.placements.map((placement) => ({ profile, position, placement })),
  )
  const spotSets: (readonly number[])[] = [[]]
  const legal = (chosen: readonly number[]): boolean =>
    isLegalSet(
      geometry,
      chosen.flatMap((index) => spots[index] ?? []),
    )
  for (let from = 0; from < spotSets.length; from += 1) {
    const chosen = spotSets[from] ?? []
    for (let index = (chosen.at(-1) ?? -1) + 1; index < spots.length; index += 1) {
      if (legal([...chosen, index])) spotSets.push([...chosen, index])
    }
  }
  const numbers = new Map(spotSets.map((chosen, number) => [chosen.join(), number]))
  const sets = spotSets.map((chosen, number) =>
    describe(
      geometry,
      number,
      chosen.flatMap((index) => spots[index] ?? []),
    ),
  )
  const units = spotSets.map((chosen) =>
    chosen.reduce((mask, index) => mask | unitMask(spots[index]?.placement), 0),
  )
  const additions = spotSets.map((chosen, number) =>
    sets.flatMap((added) => {
      if (((units[number] ?? 0) & (units[added.number] ?? 0)) !== 0) return []
      const together = [...chosen, ...(spotSets[added.number] ?? [])].sort((a, b) => a - b)
      const whole = sets[numbers.get(together.join()) ?? -1]
      return whole === undefined ? [] : [{ added, whole }]
    }),
  )
  return {
    geometry,
    sets,
    additions,
    addable: additions.map((list) => new Set(list.map(({ added }) => added.partition))),
    partitions: new Map(
      sets.map(({ partition, counts }) => [partition, toPartition(geometry, counts)]),
    ),
  }
}

function unitMask(placement: Placement | undefined): number {
  return placement === undefined ? 0 : (2 ** placement.size - 1) * 2 ** placement.start
}

function describe(geometry: Geometry, number: number, chosen: readonly Spot[]): NaiveSet {
  const counts = geometry.profiles.map(
    (profile) => chosen.filter((spot) => spot.profile === profile).length,
  )
  const sorted = [...chosen].sort((a, b) => a.placement.start - b.placement.start)
  return {
    number,
    counts,
    partition: counts.join(),
    spots: sorted.map(({ position, placement }) => ({ position, start: placement.start })),
    layout: sorted.map(({ profile, placement }) => ({
      profileId: profile.id,
      placement,
      computeInstances: [
        {
          sliceCount: profile.sliceCount,
          placement: { start: 0, size: profile.sliceCount },
        },
      ],
    })),
  }
}

function toPartition(geometry: Geometry, counts: readonly number[]): Partition {
  return geometry.profiles.flatMap(({ id, sliceCount }, position) => {
    const count = counts[position] ?? 0
    return count === 0 ? [] : [{ profileId: id, sliceCount, count }]
  })
}

/** The catalog, each set of tables once: what names, memory and ids are called changes no answer. */
export function distinctEntries(): readonly (readonly [string, NaiveSearch])[] {
  const seen = new Map<string, readonly [string, NaiveSearch]>()
  for (const { key, geometry } of placeableEntries) {
    const content = JSON.stringify(
      geometry.profiles.map((each) => [
        each.index,
        each.sliceCount,
        each.instanceCount,
        each.engines,
        each.placements,
      ]),
    )
    if (!seen.has(content)) seen.set(content, [key, searchNaively(geometry)])
  }
  return [...seen.values()]
}
