import { describe, expect, test } from 'vitest'
import { compileGeometry, repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import { allSpotSets, multisetKey } from '../../support/brute-force.js'
import { placeableEntries } from '../../support/geometry.js'

type Spots = ReturnType<typeof allSpotSets>[number]

function spotsKey(spots: Spots): string {
  return spots.map(({ profile, placement }) => `${profile.index}@${placement.start}`).join()
}

/** One geometry for each set of legal layouts: what else differs has no part in what is kept. */
const distinct = new Map<string, readonly [string, Geometry]>()
for (const { key, geometry } of placeableEntries) {
  const layouts = allSpotSets(geometry).map(spotsKey).join(';')
  if (!distinct.has(layouts)) distinct.set(layouts, [key, geometry])
}

function layoutOf(spots: Spots): Layout {
  return spots.map(({ profile, placement }) => ({
    profileId: profile.id,
    placement,
    computeInstances: [
      { sliceCount: profile.sliceCount, placement: { start: 0, size: profile.sliceCount } },
    ],
  }))
}

function countBits(set: number): number {
  let count = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) count += 1
  return count
}

describe.each([...distinct.values()])(
  'on %s, from every layout to every partition',
  (_key, geometry) => {
    const numbers = new Map<string, number>()
    for (const { id, placements } of geometry.profiles) {
      for (const { start } of placements) numbers.set(`${id}@${start}`, numbers.size)
    }
    /** A layout as a set of bits, one for each place of each profile. */
    const bitsOf = (layout: Layout): number => {
      let bits = 0
      for (const { profileId, placement } of layout)
        bits |= 1 << (numbers.get(`${profileId}@${placement.start}`) ?? 31)
      return bits
    }
    const layouts = allSpotSets(geometry).map(layoutOf)
    const byMultiset = new Map<string, Layout[]>()
    for (const [index, spots] of allSpotSets(geometry).entries()) {
      const list = byMultiset.get(multisetKey(spots)) ?? []
      byMultiset.set(multisetKey(spots), list)
      list.push(layouts[index] ?? [])
    }
    const targets = [...byMultiset.values()].map((alike) => ({
      sets: alike.map(bitsOf),
      wanted: (alike[0] ?? []).map(({ profileId, computeInstances }) => ({
        profileId,
        sliceCount: computeInstances[0]?.sliceCount ?? 0,
        count: 1,
      })),
    }))

    test('repartition lets every instance stay that can stay', () => {
      expect(numbers.size).toBeLessThan(32)
      const gpu = compileGeometry(geometry)
      const wrong: string[] = []
      for (const current of layouts) {
        const there = bitsOf(current)
        for (const { sets, wanted } of targets) {
          const most = sets.reduce((best, set) => Math.max(best, countBits(set & there)), 0)
          const result = repartition({ gpu, current, wanted })
          const target = result.kind === 'repartition' ? bitsOf(result.layout) : -1
          if (!sets.includes(target) || countBits(target & there) !== most)
            wrong.push(`${there} to ${target}`)
        }
      }
      expect(wrong).toEqual([])
    })
  },
)
