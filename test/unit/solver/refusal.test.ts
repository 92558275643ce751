import { describe, expect, test } from 'vitest'
import { describeInfeasible, repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import { place, show, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')

function solve(gpu: Geometry, devices: Readonly<Record<string, number>>, current: Layout = []) {
  return repartition({ gpu, wanted: want(gpu, devices), current })
}

function reasonOf(...problem: Parameters<typeof solve>): InfeasibleReason {
  const result = solve(...problem)
  if (result.kind === 'repartition') throw new Error(`it fits: ${show(problem[0], result.layout)}`)
  return result.reason
}

function layoutOf(...problem: Parameters<typeof solve>): string[] {
  const result = solve(...problem)
  if (result.kind === 'infeasible') throw new Error(describeInfeasible(result.reason, problem[0]))
  return show(problem[0], result.layout)
}

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

  test('a refusal names an unknown profile', () => {
    const result = repartition({
      gpu: a100,
      wanted: [
        { profileId: 99, sliceCount: 1, count: 1 },
        { profileId: profileIdOf(a100, '1g.5gb'), sliceCount: 1, count: 2 },
      ],
    })
    expect(result).toMatchObject({
      kind: 'infeasible',
      reason: { kind: 'unknown-profile', profileId: 99 },
      wouldFit: want(a100, { '1g.5gb': 2 }),
    })
  })

  test('a refusal says that there are too few engines', () => {
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

  test('a refusal says that positions block, although there is enough of everything', () => {
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
      /^no start is left for 2g\.[12]gb \(.* is taken by 2g\.[12]gb at .*\); 1 × 2g\.1gb and 1 × 2g\.2gb do not fit together$/,
    )
  })

  test('a refusal names a pinned instance in the way', () => {
    const current = [{ ...place(a100, '1g.5gb', 1), pinned: true }]
    const reason = reasonOf(a100, { '1g.5gb': 1, '4g.20gb': 1 }, current)
    expect(reason).toEqual({
      kind: 'no-start',
      profileId: profileIdOf(a100, '4g.20gb'),
      starts: [{ start: 0, blockedBy: current }],
      conflict: { profileIds: [profileIdOf(a100, '4g.20gb')], pinned: current },
    })
    expect(describeInfeasible(reason, a100)).toBe(
      'no start is left for 4g.20gb (0 is taken by 1g.5gb at 1:1); 1 × 4g.20gb and the pinned 1g.5gb at 1:1 do not fit together',
    )
  })

  test('a refusal names a pinned instance that is not wanted', () => {
    const pinned = { ...place(a100, '2g.10gb', 2), pinned: true }
    expect(reasonOf(a100, { '3g.20gb': 1 }, [pinned])).toEqual({
      kind: 'pinned-unwanted',
      instances: [pinned],
    })
    const bare = { ...place(a100, '2g.10gb', 2, []), pinned: true }
    expect(reasonOf(a100, {}, [bare])).toEqual({ kind: 'pinned-unwanted', instances: [bare] })
    expect(layoutOf(a100, { '2g.10gb': 1 }, [bare])).toEqual(['2g.10gb@2'])
    const two = [0, 4].map((start) => ({ ...place(a100, '3g.20gb', start, []), pinned: true }))
    expect(solve(a100, { '3g.20gb': 1 }, two)).toMatchObject({
      kind: 'infeasible',
      reason: { kind: 'pinned-unwanted', instances: two },
      wouldFit: want(a100, { '3g.20gb': 1 }),
    })
  })

  test('wouldFit has the most devices, then the most slices, then the most of the first sizes', () => {
    const part = (devices: Readonly<Record<string, number>>): Partition => {
      const result = solve(a100, devices)
      return result.kind === 'infeasible' ? result.wouldFit : []
    }
    expect(part({ '1g.5gb': 7, '2g.10gb': 3 })).toEqual(want(a100, { '1g.5gb': 7 }))
    expect(part({ '2g.10gb': 3, '3g.20gb': 2 })).toEqual(want(a100, { '2g.10gb': 2, '3g.20gb': 1 }))
    expect(part({ '3g.20gb': 3 })).toEqual(want(a100, { '3g.20gb': 2 }))
    expect(part({ '7g.40gb': 1, '4g.20gb': 1 })).toEqual(want(a100, { '7g.40gb': 1 }))
  })

  test('describeInfeasible puts a refusal into words', () => {
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

  test('a refusal comes quickly, even with huge counts', () => {
    const wild = Object.fromEntries(a100.profiles.map(({ name }) => [name, 1e9]))
    expect(reasonOf(a100, wild)).toMatchObject({ kind: 'profile-maximum', wanted: 1e9 })
    expect(() => solve(a100, { '1g.5gb': -1 })).toThrow(
      expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }),
    )
    expect(() => solve(a100, { '1g.5gb': 0.5 })).toThrow(/0\.5/)
  })
})
