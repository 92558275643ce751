import { describe, expect, test } from 'vitest'
import { checkLayout, remaining, repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import { place } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const h100 = geometryOf('h100-80gb-sxm')
const sevenSmall: Layout = [0, 1, 2, 3, 4, 5, 6].map((start) => place(a100, '1g.5gb', start))

describe('remaining placements', () => {
  // The free column of `nvidia-smi mig -lgip` as captured on an H200 and on an H100.
  const free = (layout: Layout): Record<string, number> =>
    Object.fromEntries(
      remaining(h100, layout).map(({ profileId, free: count }) => [profileId, count]),
    )

  test('remaining placements are those that nvidia-smi shows', () => {
    expect(free([place(h100, '1g.10gb', 4), place(h100, '1g.10gb', 6)])).toEqual({
      19: 5,
      20: 1,
      15: 2,
      14: 2,
      9: 1,
      5: 1,
      0: 0,
    })
    const layout = [
      place(h100, '1g.10gb', 6),
      place(h100, '3g.40gb', 0),
      place(h100, '1g.10gb+me', 4),
    ]
    expect(free(layout)).toEqual({ 19: 1, 20: 0, 15: 0, 14: 0, 9: 0, 5: 0, 0: 0 })
  })
})

describe('checkLayout', () => {
  test.each<[string, Layout, string[]]>([
    ['legal', sevenSmall, []],
    ['bare', [place(a100, '7g.40gb', 0, [])], []],
    ['overlap', [place(a100, '3g.20gb', 0), place(a100, '1g.5gb', 3)], ['overlap']],
    [
      'too many of a profile',
      [place(a100, '1g.5gb+me', 0), place(a100, '1g.5gb+me', 1)],
      ['profile-maximum', 'engines', 'engines'],
    ],
    [
      'no such place',
      [{ ...place(a100, '1g.5gb', 0), placement: { start: 7, size: 1 } }],
      ['unknown-placement'],
    ],
    ['no such profile', [{ ...place(a100, '1g.5gb', 0), profileId: 77 }], ['unknown-profile']],
    [
      'compute instances overlap',
      [place(a100, '3g.20gb', 0, ['2@0', '1@1'])],
      ['compute-instances'],
    ],
    ['3c in a 4g', [place(a100, '4g.20gb', 0, ['3@0'])], ['compute-instances']],
    ['full and part', [place(a100, '2g.10gb', 0, ['2@0', '1@0'])], ['compute-instances']],
  ])('%s', (_name, layout, kinds) => {
    expect(checkLayout(a100, layout).map(({ kind }) => kind)).toEqual(kinds)
  })

  test('checkLayout counts the compute instances of each size', () => {
    const few: Geometry = {
      profiles: a100.profiles.map((profile) => ({
        ...profile,
        computeInstanceProfiles: (profile.computeInstanceProfiles ?? []).map((compute) => ({
          ...compute,
          instanceCount: Math.min(2, compute.instanceCount),
        })),
      })),
    }
    const three = [place(a100, '3g.20gb', 0, ['1@0', '1@1', '1@2'])]
    expect(checkLayout(a100, three)).toEqual([])
    expect(checkLayout(few, three)).toMatchObject([{ kind: 'compute-instances' }])
  })

  test('checkLayout accepts compute instances without placements if some places hold them', () => {
    const of = (...sizes: number[]): Layout => [
      {
        ...place(a100, '7g.40gb', 0),
        computeInstances: sizes.map((sliceCount) => ({ sliceCount, placement: null })),
      },
    ]
    expect(checkLayout(a100, of(3, 2, 2))).toEqual([])
    expect(checkLayout(a100, of(2, 2, 2, 2))).toHaveLength(1)
  })
})

describe('checkLayout refuses a geometry that no driver reports', () => {
  test.each([
    ['two profiles with one id', { profiles: [...a100.profiles, ...a100.profiles] }],
    [
      'a place without size',
      { profiles: a100.profiles.map((each) => ({ ...each, placements: [{ start: 0, size: 0 }] })) },
    ],
  ])('%s', (_name, geometry: Geometry) => {
    expect(() => repartition({ gpu: geometry, wanted: [] })).toThrow(
      expect.objectContaining({ code: 'MIG_GEOMETRY_UNKNOWN' }),
    )
  })
})
