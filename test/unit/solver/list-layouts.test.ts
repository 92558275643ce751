import { describe, expect, test } from 'vitest'
import { listLayouts, listMaximalLayouts } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import { allSpotSets, isMaximalSet, multisetKey } from '../../support/brute-force.js'
import {
  geometryOf,
  isBaseProfile,
  placeableEntries,
  withProfiles,
} from '../../support/geometry.js'

function multisetsOf(layouts: Iterable<Layout>): Set<string> {
  const keys = [...layouts].map((layout) =>
    layout
      .map((instance) => instance.profileId)
      .sort((a, b) => a - b)
      .join(),
  )
  return new Set(keys)
}

describe.each(placeableEntries)('layouts of $key', ({ geometry, bruteForce }) => {
  test('the layouts are as many as published', () => {
    const base = withProfiles(geometry, (profile) => isBaseProfile(profile, geometry))
    for (const [some, figures] of [
      [base, bruteForce?.baseProfiles],
      [geometry, bruteForce?.allProfiles],
    ] as const) {
      const maximal = [...listMaximalLayouts(some)]
      expect([...listLayouts(some)]).toHaveLength(figures?.reachableSets ?? -1)
      expect(maximal).toHaveLength(figures?.maximalSets ?? -1)
      expect(multisetsOf(maximal).size).toBe(figures?.maximalMultisets)
      if (figures?.reachableMultisets !== undefined) {
        expect(multisetsOf(listLayouts(some)).size).toBe(figures.reachableMultisets)
      }
    }
  })

  test('the layouts are those that brute force finds', () => {
    const sets = allSpotSets(geometry)
    const keyOfSet = (spots: (typeof sets)[number]): string =>
      spots
        .map(({ profile, placement }) => `${profile.id}@${placement.start}`)
        .sort()
        .join()
    const keyOf = (layout: Layout): string =>
      layout
        .map(({ profileId, placement }) => `${profileId}@${placement.start}`)
        .sort()
        .join()
    expect([...listLayouts(geometry)].map(keyOf).sort()).toEqual(sets.map(keyOfSet).sort())
    expect([...listMaximalLayouts(geometry)].map(keyOf).sort()).toEqual(
      sets
        .filter((set) => isMaximalSet(geometry, set))
        .map(keyOfSet)
        .sort(),
    )
  })
})

// Counts of the published studies of the 8-unit table: core, with the 1g of twice the memory, and
// with +me too; layouts with the empty one, maximal layouts, multisets.
describe('the counts of the 8-unit table are right for each added profile', () => {
  const whole = geometryOf('a100-40gb')
  const steps: readonly [string, Geometry, number, number, number][] = [
    ['core', withProfiles(whole, ({ name }) => !/\+me|^1g\.10gb$/.test(name)), 298, 19, 38],
    ['core and 1g.10gb', withProfiles(whole, ({ name }) => !name.includes('+me')), 723, 78, 78],
    ['all', whole, 2319, 239, 128],
  ]
  test.each(steps)('%s', (_name, geometry, layouts, maximal, multisets) => {
    expect([...listLayouts(geometry)]).toHaveLength(layouts)
    expect([...listMaximalLayouts(geometry)]).toHaveLength(maximal)
    expect(multisetsOf(listLayouts(geometry)).size).toBe(multisets)
    expect(new Set(allSpotSets(geometry).map(multisetKey)).size).toBe(multisets)
  })
})

test('no layout has more of a profile than its maximum, although there are places for more', () => {
  const { profiles } = withProfiles(geometryOf('a100-40gb'), ({ name }) =>
    /^(1g\.5|7g\.40)gb$/.test(name),
  )
  const two: Geometry = {
    profiles: profiles.map((each) => ({ ...each, instanceCount: Math.min(2, each.instanceCount) })),
  }
  // None, one of seven 1g.5gb, two of seven, the 7g.40gb.
  expect([...listLayouts(two)]).toHaveLength(1 + 7 + 21 + 1)
  expect([...listMaximalLayouts(two)]).toHaveLength(21 + 1)
})
