import { describe, expect, test } from 'vitest'
import { fits, maxAdditional, remaining } from '../../../lib/solver.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

test('free counts do not exceed the maximum of the profile', () => {
  const { profiles } = geometryOf('a30-24gb')
  const two = {
    profiles: profiles.map((each) => ({ ...each, instanceCount: Math.min(2, each.instanceCount) })),
  }
  const small = remaining(two, [])[0]
  expect([small?.placements.length, small?.free]).toEqual([4, 2])
})

describe('the reason of a no', () => {
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

  test('fits says which amount is not left', () => {
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

  test('fits says that positions block, and whether an empty GPU could take the devices', () => {
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

  test('fits packs partial compute instances into shared GPU instances', () => {
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
