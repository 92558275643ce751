import type { Geometry } from '../../types/model/geometry.js'
import type { Layout, Partition, PlacedGpuInstance } from '../../types/solver/layout.js'
import { allFillings, allSpotSets } from './brute-force.js'
import fc from './property.js'

/** Any layout that a GPU can be in: gaps, bare GPU instances and partial compute instances included. */
export function arbitraryLayout(geometry: Geometry): fc.Arbitrary<Layout> {
  const sets = allSpotSets(geometry)
  const fillings = new Map(
    geometry.profiles.map((profile) => [profile, [[], ...allFillings(profile)]]),
  )
  return fc
    .record({
      set: fc.nat(sets.length - 1),
      // The full compute instance is by far the most usual.
      inside: fc.array(fc.option(fc.nat(1000), { freq: 2 }), { minLength: 12, maxLength: 12 }),
    })
    .map(({ set, inside }) =>
      (sets[set] ?? []).map(({ profile, placement }, index): PlacedGpuInstance => {
        const pick = inside[index] ?? null
        const choices = fillings.get(profile) ?? []
        const whole =
          choices.find(
            ([first, ...others]) => first?.sliceCount === profile.sliceCount && others.length === 0,
          ) ?? []
        return {
          profileId: profile.id,
          placement,
          computeInstances: pick === null ? whole : (choices[pick % choices.length] ?? []),
        }
      }),
    )
}

/** Some of a layout's instances may not be touched. */
export function withPins(layout: Layout, pins: readonly number[]): Layout {
  return layout.map((instance, index) => {
    const pin = pins[index] ?? 0
    if (pin === 1) return { ...instance, pinned: true }
    if (pin !== 2) return instance
    return {
      ...instance,
      computeInstances: instance.computeInstances.map((compute, position) =>
        position === 0 ? { ...compute, pinned: true } : compute,
      ),
    }
  })
}

/** The devices of some layout, so that about half of all problems can be solved; or any at all. */
export function arbitraryPartition(geometry: Geometry): fc.Arbitrary<Partition> {
  const sizes = geometry.profiles.flatMap((profile) =>
    (profile.computeInstanceProfiles ?? []).map(({ sliceCount }) => ({
      profileId: profile.id,
      sliceCount,
    })),
  )
  const any = fc.array(
    fc.record({ size: fc.constantFrom(...sizes), count: fc.integer({ min: 0, max: 4 }) }),
    { maxLength: 4 },
  )
  return fc.oneof(
    { weight: 3, arbitrary: arbitraryLayout(geometry).map(devicesOf) },
    {
      weight: 2,
      arbitrary: any.map((list) => list.map(({ size, count }) => ({ ...size, count }))),
    },
  )
}

function devicesOf(layout: Layout): Partition {
  return layout.flatMap(({ profileId, computeInstances }) =>
    computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
  )
}

export interface Problem {
  readonly current: Layout
  readonly wanted: Partition
}

/** `pinned`: how many of ten instances may not be touched. */
export function arbitraryProblem(geometry: Geometry, pinned: number): fc.Arbitrary<Problem> {
  const pin = fc.nat(9).chain((dice) => fc.constant(dice < pinned ? 1 + (dice % 2) : 0))
  return fc
    .record({
      layout: arbitraryLayout(geometry),
      wanted: arbitraryPartition(geometry),
      pins: fc.array(pin, { minLength: 12, maxLength: 12 }),
    })
    .map(({ layout, wanted, pins }) => ({ current: withPins(layout, pins), wanted }))
}
