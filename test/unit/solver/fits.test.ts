import { describe, expect, test } from 'vitest'
import {
  compileGeometry,
  fits,
  maxAdditional,
  possiblePartitions,
  remaining,
} from '../../../lib/solver/index.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'
import { distinctEntries } from '../../support/naive-search.js'

// Every layout and every partition of every GPU of the catalog, against the naive search.
describe.each(distinctEntries())(
  '%s',
  (_key, { geometry, sets, addable, additions, partitions }) => {
    const tables = compileGeometry(geometry)

    test('fits exactly what can be added', () => {
      const wrong: string[] = []
      for (const { number, layout } of sets) {
        for (const [key, partition] of partitions) {
          const answer = fits(tables, layout, partition)
          if (answer.fits !== addable[number]?.has(key)) wrong.push(`${number} + ${key}`)
        }
      }
      expect(wrong).toEqual([])
    })

    test('says how many more of one profile fit', () => {
      for (const { number, layout } of sets) {
        const most = geometry.profiles.map((_profile, position) => {
          const alone = (additions[number] ?? []).filter(
            ({ added }) => added.counts[position] === added.spots.length,
          )
          return Math.max(...alone.map(({ added }) => added.spots.length))
        })
        expect(geometry.profiles.map(({ id }) => maxAdditional(tables, layout, id))).toEqual(most)
      }
    })

    test('says where one more of each profile can be created', () => {
      for (const { number, layout } of sets) {
        const single = (additions[number] ?? []).filter(({ added }) => added.spots.length === 1)
        const starts = geometry.profiles.map((_profile, position) =>
          single
            .flatMap(({ added }) => added.spots.filter((spot) => spot.position === position))
            .map(({ start }) => start)
            .sort((a, b) => a - b),
        )
        const answer = remaining(tables, layout)
        expect(answer.map(({ placements }) => placements.map(({ start }) => start))).toEqual(starts)
        expect(answer.map(({ free }) => free)).toEqual(
          starts.map((each, position) => Math.min(each.length, countAllowed(number, position))),
        )
      }
    })

    /** How many more of a profile all but the places allow, up to the places of an empty GPU. */
    function countAllowed(number: number, position: number): number {
      const profile = geometry.profiles[position]
      if (profile === undefined) return 0
      const held = sets[number]?.counts ?? []
      const engines = Object.keys(profile.engines) as (keyof typeof profile.engines)[]
      let more = 0
      while (more < profile.placements.length) {
        const counts = held.map((count, index) => count + (index === position ? more + 1 : 0))
        const within = engines.every((engine) => {
          const amounts = geometry.profiles.map((each) => each.engines[engine])
          const most = geometry.profiles.map((each) => each.engines[engine] * each.instanceCount)
          const sum = counts.reduce(
            (total, count, index) => total + count * (amounts[index] ?? 0),
            0,
          )
          return sum <= Math.max(...most)
        })
        if (!within || (counts[position] ?? 0) > profile.instanceCount) break
        more += 1
      }
      return more
    }

    test('lists the partitions of the empty GPU', () => {
      const all = possiblePartitions(tables, { dominated: true })
      const byText = (list: Iterable<object>): readonly string[] =>
        [...list].map((each) => JSON.stringify(each)).sort()
      expect(byText(all)).toEqual(byText(partitions.values()))
      const counts = [...partitions.keys()].map((key) => key.split(',').map(Number))
      const undominated = counts.filter(
        (one) =>
          !counts.some(
            (other) => other !== one && one.every((count, index) => count <= (other[index] ?? 0)),
          ),
      )
      expect(byText(possiblePartitions(geometry))).toEqual(
        byText(undominated.map((each) => partitions.get(each.join()) ?? [])),
      )
    })
  },
)

test('free counts go no further than the maximum of the profile', () => {
  const { profiles } = geometryOf('a30-24gb')
  const two = {
    profiles: profiles.map((each) => ({ ...each, instanceCount: Math.min(2, each.instanceCount) })),
  }
  const small = remaining(two, [])[0]
  expect([small?.placements.length, small?.free]).toEqual([4, 2])
})

describe('a no has its reason', () => {
  const a100 = geometryOf('a100-40gb')
  const id = (name: string): number => profileIdOf(a100, name)
  const at = (name: string, start: number) => {
    const profile = a100.profiles.find((each) => each.name === name)
    const placement = profile?.placements.find((each) => each.start === start)
    if (profile === undefined || placement === undefined) throw new Error(`no ${name} at ${start}`)
    const { sliceCount } = profile
    return { profileId: profile.id, placement, computeInstances: [{ sliceCount, placement: null }] }
  }
  const reasonOf = (layout: Parameters<typeof fits>[1], wanted: Parameters<typeof fits>[2]) => {
    const answer = fits(a100, layout, wanted)
    return answer.fits ? null : answer.reason
  }

  test('an amount that is not left', () => {
    const one = [{ profileId: id('1g.5gb+me'), sliceCount: 1, count: 1 }]
    expect(reasonOf([at('1g.5gb+me', 0)], one)).toEqual({
      kind: 'profile-maximum',
      profileId: id('1g.5gb+me'),
      wanted: 1,
      available: 0,
    })
    const three = [{ profileId: id('3g.20gb'), sliceCount: 3, count: 1 }]
    expect(reasonOf([at('4g.20gb', 0), at('2g.10gb', 4)], three)).toEqual({
      kind: 'compute-slices',
      wanted: 3,
      available: 1,
    })
    const double = [{ profileId: id('1g.10gb'), sliceCount: 1, count: 3 }]
    expect(reasonOf([at('3g.20gb', 0)], double)).toEqual({
      kind: 'memory-units',
      wanted: 6,
      available: 4,
    })
  })

  test('positions, and whether an empty GPU could', () => {
    const four = [{ profileId: id('4g.20gb'), sliceCount: 4, count: 1 }]
    expect(reasonOf([at('1g.5gb', 0)], four)).toEqual({ kind: 'blocked', fitsEmptyGpu: true })
    const both = [...four, { profileId: id('1g.10gb'), sliceCount: 1, count: 1 }]
    expect(
      reasonOf([], [...both, { profileId: id('2g.10gb'), sliceCount: 2, count: 1 }]),
    ).toBeNull()
    const threes = [
      { profileId: id('3g.20gb'), sliceCount: 3, count: 2 },
      { profileId: id('1g.5gb'), sliceCount: 1, count: 1 },
    ]
    expect(reasonOf([], threes)).toMatchObject({ kind: 'memory-units' })
  })

  test('compute instances share GPU instances', () => {
    const parts = (count: number) => [{ profileId: id('3g.20gb'), sliceCount: 1, count }]
    expect(fits(a100, [], parts(6))).toEqual({ fits: true })
    expect(reasonOf([], parts(7))).toMatchObject({ kind: 'profile-maximum', wanted: 3 })
    expect(fits(a100, [at('4g.20gb', 0)], parts(3))).toEqual({ fits: true })
    expect(fits(a100, [at('4g.20gb', 0)], parts(4)).fits).toBe(false)
  })

  test.each<[string, () => unknown]>([
    ['an unknown profile', () => fits(a100, [], [{ profileId: 99, sliceCount: 1, count: 1 }])],
    [
      'an unknown size',
      () => fits(a100, [], [{ profileId: id('4g.20gb'), sliceCount: 3, count: 1 }]),
    ],
    [
      'a negative count',
      () => fits(a100, [], [{ profileId: id('1g.5gb'), sliceCount: 1, count: -1 }]),
    ],
    [
      'half a count',
      () => fits(a100, [], [{ profileId: id('1g.5gb'), sliceCount: 1, count: 0.5 }]),
    ],
    ['an overlap', () => fits(a100, [at('3g.20gb', 0), at('1g.5gb', 2)], [])],
    [
      'a place that is none',
      () => fits(a100, [{ ...at('4g.20gb', 0), placement: { start: 1, size: 4 } }], []),
    ],
    ['two where one is allowed', () => remaining(a100, [at('1g.5gb+me', 0), at('1g.5gb+me', 1)])],
    ['a profile nobody has', () => maxAdditional(a100, [], 99)],
  ])('%s is an error', (_what, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }))
  })
})
