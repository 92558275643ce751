import { describe, expect, test } from 'vitest'
import {
  checkLayout,
  describeInfeasible,
  remainingPlacements,
  solveLayout,
} from '../../../lib/solver/index.js'
import type { Geometry } from '../../../types/geometry.js'
import type { InfeasibleReason, Layout, Partition } from '../../../types/solver.js'
import { place, show, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const h100 = geometryOf('h100-80gb-sxm')

function solve(geometry: Geometry, devices: Readonly<Record<string, number>>, current?: Layout) {
  const wanted = want(geometry, devices)
  return solveLayout(current === undefined ? { geometry, wanted } : { geometry, wanted, current })
}

function reasonOf(...problem: Parameters<typeof solve>): InfeasibleReason {
  const result = solve(...problem)
  if (result.kind === 'layout') throw new Error(`it fits: ${show(problem[0], result.layout)}`)
  return result.reason
}

function layoutOf(...problem: Parameters<typeof solve>): string[] {
  const result = solve(...problem)
  if (result.kind !== 'layout') throw new Error(describeInfeasible(result.reason, problem[0]))
  return show(problem[0], result.layout)
}

const sevenSmall: Layout = [0, 1, 2, 3, 4, 5, 6].map((start) => place(a100, '1g.5gb', start))
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

describe('a layout', () => {
  // The numbers of an eighth of "8 A100s give 56 × 1g.5gb, 24 × 2g.10gb or 16 × 3g.20gb".
  test.each([
    [{ '1g.5gb': 7 }, 7],
    [{ '2g.10gb': 3 }, 3],
    [{ '3g.20gb': 2 }, 2],
    [{ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }, 4],
    [{ '1g.5gb+me': 1, '1g.5gb': 6 }, 7],
    [{ '4g.20gb': 1, '3g.20gb': 1 }, 2],
  ])('holds %j', (devices, count) => {
    expect(layoutOf(a100, devices)).toHaveLength(count)
  })

  test('keeps two of seven 1g.5gb when it becomes balanced', () => {
    const result = solve(a100, balanced, sevenSmall)
    expect(result).toMatchObject({ kind: 'layout', keptComputeInstances: 2, keptGpuInstances: 2 })
  })

  test('keeps a pinned instance and moves what can move', () => {
    const current = sevenSmall.map((instance) =>
      instance.placement.start === 2 ? { ...instance, pinned: true } : instance,
    )
    expect(layoutOf(a100, balanced, current)).toContain('1g.5gb@2')
    expect(layoutOf(a100, balanced, current)).toContain('3g.20gb@4')
  })

  test('packs partial compute instances into the fewest GPU instances', () => {
    expect(layoutOf(a100, { '1c.3g.20gb': 2, '2c.3g.20gb': 2 })).toEqual([
      '3g.20gb@0 2+1',
      '3g.20gb@4 2+1',
    ])
    expect(layoutOf(a100, { '1c.2g.10gb': 6 })).toEqual([
      '2g.10gb@0 1+1',
      '2g.10gb@2 1+1',
      '2g.10gb@4 1+1',
    ])
    const mixed = layoutOf(a100, { '3g.20gb': 1, '1c.3g.20gb': 3 })
    expect(mixed.map((text) => text.split(' ')[1] ?? 'whole').sort()).toEqual(['1+1+1', 'whole'])
    expect(layoutOf(a100, { '3c.7g.40gb': 1, '2c.7g.40gb': 2 })).toEqual(['7g.40gb@0 3+2+2'])
  })

  test('rather keeps two half empty GPU instances than packs them into one', () => {
    const current = [place(a100, '2g.10gb', 0, ['1@0']), place(a100, '2g.10gb', 4, ['1@1'])]
    expect(layoutOf(a100, { '1c.2g.10gb': 2 }, current)).toEqual(['2g.10gb@0 1', '2g.10gb@4 1'])
  })

  test('moves the compute instance that costs the least', () => {
    // The fullest packing of the first GPU instance would keep one compute instance, this keeps three.
    const current = [place(a100, '3g.20gb', 0, ['1@0']), place(a100, '3g.20gb', 4, ['2@0', '1@2'])]
    const result = solve(a100, { '2c.3g.20gb': 1, '1c.3g.20gb': 2 }, current)
    expect(result).toMatchObject({ kind: 'layout', keptComputeInstances: 3 })
    const more = solve(a100, { '2c.3g.20gb': 1, '1c.3g.20gb': 3 }, current)
    expect(more).toMatchObject({ kind: 'layout', keptComputeInstances: 3, keptGpuInstances: 2 })
  })

  test('fills a bare GPU instance instead of making another', () => {
    const current = [place(a100, '3g.20gb', 4, [])]
    const result = solve(a100, { '3g.20gb': 1 }, current)
    expect(result).toMatchObject({ kind: 'layout', keptComputeInstances: 0, keptGpuInstances: 1 })
  })

  test('leaves room: a small one takes no start that a larger one needs', () => {
    for (const name of ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb']) {
      const result = solve(a100, { [name]: 1 })
      const layout = result.kind === 'layout' ? result.layout : []
      const left = remainingPlacements(a100, layout).filter(({ free }) => free > 0)
      const larger = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb']
      for (const other of larger)
        expect(left.map(({ profileId }) => profileId)).toContain(profileIdOf(a100, other))
    }
  })

  test('of nothing is empty', () => {
    expect(layoutOf(a100, {}, sevenSmall)).toEqual([])
    expect(layoutOf(a100, { '1g.5gb': 0 }, sevenSmall)).toEqual([])
  })

  test('is frozen, and leaves the problem as it was', () => {
    const current = [place(a100, '1g.5gb', 0)]
    const result = solve(a100, { '1g.5gb': 1 }, current)
    expect(Object.isFrozen(result.kind === 'layout' && result.layout[0]?.computeInstances[0])).toBe(
      true,
    )
    expect(Object.isFrozen(current[0]?.computeInstances[0])).toBe(false)
  })

  test('keeps compute instances whose place the driver does not tell', () => {
    const current = [
      {
        ...place(a100, '3g.20gb', 4),
        computeInstances: [
          { sliceCount: 2, placement: null },
          { sliceCount: 1, placement: null },
        ],
      },
    ]
    const result = solve(a100, { '2c.3g.20gb': 1, '1c.3g.20gb': 1, '1g.5gb': 1 }, current)
    expect(result).toMatchObject({ kind: 'layout', keptComputeInstances: 2 })
  })

  test('has no places for compute instances where the driver takes none', () => {
    const old: Geometry = {
      profiles: a100.profiles.map((profile) => ({
        ...profile,
        computeInstanceProfiles: (profile.computeInstanceProfiles ?? []).map((compute) => ({
          ...compute,
          placements: [],
        })),
      })),
    }
    const result = solve(old, { '1c.3g.20gb': 1, '2c.3g.20gb': 1 })
    expect(result).toMatchObject({
      layout: [{ computeInstances: [{ placement: null }, { placement: null }] }],
    })
  })

  test('says which places it only assumes', () => {
    const unasked: Geometry = {
      profiles: a100.profiles.map((profile) => ({ ...profile, computeInstanceProfiles: null })),
    }
    const result = solve(unasked, { '1c.3g.20gb': 1, '2c.3g.20gb': 1, '1g.5gb': 1 })
    if (result.kind !== 'layout') throw new Error('it fits')
    const assumed = result.layout.flatMap(({ computeInstances }) =>
      computeInstances.map(({ sliceCount, placementAssumed }) => [sliceCount, placementAssumed]),
    )
    expect(assumed).toHaveLength(3)
    expect(assumed).toEqual(
      expect.arrayContaining([
        [1, true],
        [1, undefined],
        [2, true],
      ]),
    )
  })
})

describe('a refusal says why', () => {
  test.each<[Readonly<Record<string, number>>, InfeasibleReason]>([
    [
      { '1g.5gb': 7, '2g.10gb': 3 },
      { kind: 'compute-slices', wanted: 13, available: 7 },
    ],
    [
      { '1g.5gb': 4, '2g.10gb': 2 },
      { kind: 'compute-slices', wanted: 8, available: 7 },
    ],
    [
      { '3g.20gb': 2, '1g.5gb': 1 },
      { kind: 'memory-units', wanted: 9, available: 8 },
    ],
    [
      { '1g.5gb': 8 },
      { kind: 'profile-maximum', profileId: profileIdOf(a100, '1g.5gb'), wanted: 8, available: 7 },
    ],
    [
      { '1c.3g.20gb': 7 },
      { kind: 'profile-maximum', profileId: profileIdOf(a100, '3g.20gb'), wanted: 3, available: 2 },
    ],
    [
      { '3c.4g.20gb': 1 },
      {
        kind: 'compute-profile',
        profileId: profileIdOf(a100, '4g.20gb'),
        sliceCount: 3,
        available: [1, 2, 4],
      },
    ],
  ])('%j', (devices, reason) => {
    expect(reasonOf(a100, devices)).toEqual(reason)
  })

  test('an unknown profile', () => {
    const result = solveLayout({
      geometry: a100,
      wanted: [
        { profileId: 99, sliceCount: 1, count: 1 },
        { profileId: profileIdOf(a100, '1g.5gb'), sliceCount: 1, count: 2 },
      ],
    })
    expect(result).toEqual({
      kind: 'infeasible',
      reason: { kind: 'unknown-profile', profileId: 99 },
      wouldFit: want(a100, { '1g.5gb': 2 }),
    })
  })

  test('engines, where they are too few', () => {
    const a30 = geometryOf('a30-24gb')
    const rtx = geometryOf('rtx-pro-6000-blackwell')
    expect(reasonOf(a30, { '1g.6gb+me': 1, '2g.12gb+me': 1 })).toEqual({
      kind: 'engines',
      engine: 'jpeg',
      wanted: 2,
      available: 1,
    })
    expect(reasonOf(rtx, { '1g.24gb+me.all': 1, '1g.24gb': 1 })).toMatchObject({ kind: 'engines' })
    expect(layoutOf(rtx, { '1g.24gb+me.all': 1, '1g.24gb-me': 3 })).toHaveLength(4)
  })

  test('places, where there is enough of everything', () => {
    const [small] = a100.profiles.filter(({ name }) => name === '2g.10gb')
    if (small === undefined) throw new Error('no 2g.10gb')
    // Four units, of which the middle profile lets no two others be used.
    const sides = { ...small, id: 1, name: '2g.1gb', instanceCount: 2 }
    const middle = { ...small, id: 2, name: '2g.2gb', instanceCount: 1 }
    const geometry: Geometry = {
      profiles: [
        { ...sides, placements: [0, 2].map((start) => ({ start, size: 2 })) },
        { ...middle, placements: [{ start: 1, size: 2 }] },
      ],
    }
    const reason = reasonOf(geometry, { '2g.1gb': 1, '2g.2gb': 1 })
    expect(reason).toMatchObject({
      kind: 'no-start',
      conflict: { profileIds: [1, 2], pinned: [] },
    })
    expect(describeInfeasible(reason, geometry)).toMatch(
      /^no start is left for 2g\.[12]gb \(.* is taken by 2g\.[12]gb at .*\); 1 × 2g\.1gb and 1 × 2g\.2gb cannot sit together$/,
    )
  })

  test('a pinned instance in the way', () => {
    const current = [{ ...place(a100, '1g.5gb', 1), pinned: true }]
    const reason = reasonOf(a100, { '1g.5gb': 1, '4g.20gb': 1 }, current)
    expect(reason).toEqual({
      kind: 'no-start',
      profileId: profileIdOf(a100, '4g.20gb'),
      starts: [{ start: 0, blockedBy: current }],
      conflict: { profileIds: [profileIdOf(a100, '4g.20gb')], pinned: current },
    })
    expect(describeInfeasible(reason, a100)).toBe(
      'no start is left for 4g.20gb (0 is taken by 1g.5gb at 1:1); 1 × 4g.20gb and the pinned 1g.5gb at 1:1 cannot sit together',
    )
  })

  test('a pinned instance that is not wanted', () => {
    const pinned = { ...place(a100, '2g.10gb', 2), pinned: true }
    expect(reasonOf(a100, { '3g.20gb': 1 }, [pinned])).toEqual({
      kind: 'pinned-unwanted',
      instances: [pinned],
    })
    const bare = { ...place(a100, '2g.10gb', 2, []), pinned: true }
    expect(reasonOf(a100, {}, [bare])).toEqual({ kind: 'pinned-unwanted', instances: [bare] })
    expect(layoutOf(a100, { '2g.10gb': 1 }, [bare])).toEqual(['2g.10gb@2'])
    const two = [0, 4].map((start) => ({ ...place(a100, '3g.20gb', start, []), pinned: true }))
    expect(solve(a100, { '3g.20gb': 1 }, two)).toEqual({
      kind: 'infeasible',
      reason: { kind: 'pinned-unwanted', instances: two },
      wouldFit: want(a100, { '3g.20gb': 1 }),
    })
  })

  test('and what would fit: the most devices, then the most slices, then what was asked for first', () => {
    const part = (devices: Readonly<Record<string, number>>): Partition => {
      const result = solve(a100, devices)
      return result.kind === 'infeasible' ? result.wouldFit : []
    }
    expect(part({ '1g.5gb': 7, '2g.10gb': 3 })).toEqual(want(a100, { '1g.5gb': 7 }))
    expect(part({ '2g.10gb': 3, '3g.20gb': 2 })).toEqual(want(a100, { '2g.10gb': 2, '3g.20gb': 1 }))
    expect(part({ '3g.20gb': 3 })).toEqual(want(a100, { '3g.20gb': 2 }))
    expect(part({ '7g.40gb': 1, '4g.20gb': 1 })).toEqual(want(a100, { '7g.40gb': 1 }))
  })

  test('in words', () => {
    const words = (devices: Readonly<Record<string, number>>): string =>
      describeInfeasible(reasonOf(a100, devices), a100)
    expect(words({ '1g.5gb': 7, '2g.10gb': 3 })).toBe(
      'the devices need 13 compute slices; this GPU has 7',
    )
    expect(words({ '1g.5gb': 8 })).toBe('8 × 1g.5gb needed; this GPU takes at most 7')
    expect(words({ '3c.4g.20gb': 1 })).toBe(
      'a 4g.20gb cannot have compute instances of 3 slices, only of 1, 2 or 4',
    )
  })

  test('quickly, however wild the counts', () => {
    const wild = Object.fromEntries(a100.profiles.map(({ name }) => [name, 1e9]))
    expect(reasonOf(a100, wild)).toMatchObject({ kind: 'profile-maximum', wanted: 1e9 })
    expect(() => solve(a100, { '1g.5gb': -1 })).toThrow(
      expect.objectContaining({ code: 'MIG_CONFIG_INVALID' }),
    )
    expect(() => solve(a100, { '1g.5gb': 0.5 })).toThrow(/0\.5/)
  })
})

describe('remaining placements', () => {
  // The free column of `nvidia-smi mig -lgip` as captured on an H200 and on an H100.
  const free = (layout: Layout): Record<string, number> =>
    Object.fromEntries(
      remainingPlacements(h100, layout).map(({ profileId, free: count }) => [profileId, count]),
    )

  test('are those that nvidia-smi shows', () => {
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

describe('a layout is checked', () => {
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

  test('by how many compute instances of one size there may be', () => {
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

  test('by how compute instances could sit where the driver does not tell', () => {
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

describe('a geometry that makes no sense is refused', () => {
  test.each([
    ['two profiles with one id', { profiles: [...a100.profiles, ...a100.profiles] }],
    [
      'a place without size',
      { profiles: a100.profiles.map((each) => ({ ...each, placements: [{ start: 0, size: 0 }] })) },
    ],
  ])('%s', (_name, geometry: Geometry) => {
    expect(() => solveLayout({ geometry, wanted: [] })).toThrow(
      expect.objectContaining({ code: 'MIG_GEOMETRY_UNKNOWN' }),
    )
  })
})
