import { describe, expect, test } from 'vitest'
import { describeInfeasible, remaining, repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import { place, show, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')

function solve(gpu: Geometry, devices: Readonly<Record<string, number>>, current: Layout = []) {
  return repartition({ gpu, wanted: want(gpu, devices), current })
}

function layoutOf(...problem: Parameters<typeof solve>): string[] {
  const result = solve(...problem)
  if (result.kind === 'infeasible') throw new Error(describeInfeasible(result.reason, problem[0]))
  return show(problem[0], result.layout)
}

const sevenSmall: Layout = [0, 1, 2, 3, 4, 5, 6].map((start) => place(a100, '1g.5gb', start))
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

describe('the target', () => {
  // The numbers of an eighth of "8 A100s give 56 × 1g.5gb, 24 × 2g.10gb or 16 × 3g.20gb".
  test.each([
    [{ '1g.5gb': 7 }, 7],
    [{ '2g.10gb': 3 }, 3],
    [{ '3g.20gb': 2 }, 2],
    [{ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }, 4],
    [{ '1g.5gb+me': 1, '1g.5gb': 6 }, 7],
    [{ '4g.20gb': 1, '3g.20gb': 1 }, 2],
  ])('the target of the partition %j holds it', (devices, count) => {
    expect(layoutOf(a100, devices)).toHaveLength(count)
  })

  test('repartition keeps two of seven 1g.5gb on the way to the balanced layout', () => {
    const result = solve(a100, balanced, sevenSmall)
    expect(result).toMatchObject({
      kind: 'repartition',
      keptComputeInstances: 2,
      keptGpuInstances: 2,
    })
  })

  test('repartition keeps a pinned instance and moves others', () => {
    const current = sevenSmall.map((instance) =>
      instance.placement.start === 2 ? { ...instance, pinned: true } : instance,
    )
    expect(layoutOf(a100, balanced, current)).toContain('1g.5gb@2')
    expect(layoutOf(a100, balanced, current)).toContain('3g.20gb@4')
  })

  test('repartition packs partial compute instances into the fewest GPU instances', () => {
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

  test('repartition keeps two half empty GPU instances rather than pack them into one', () => {
    const current = [place(a100, '2g.10gb', 0, ['1@0']), place(a100, '2g.10gb', 4, ['1@1'])]
    expect(layoutOf(a100, { '1c.2g.10gb': 2 }, current)).toEqual(['2g.10gb@0 1', '2g.10gb@4 1'])
  })

  test('repartition moves the compute instance that costs the least', () => {
    // The fullest packing of the first GPU instance would keep one compute instance, this keeps three.
    const current = [place(a100, '3g.20gb', 0, ['1@0']), place(a100, '3g.20gb', 4, ['2@0', '1@2'])]
    const result = solve(a100, { '2c.3g.20gb': 1, '1c.3g.20gb': 2 }, current)
    expect(result).toMatchObject({ kind: 'repartition', keptComputeInstances: 3 })
    const more = solve(a100, { '2c.3g.20gb': 1, '1c.3g.20gb': 3 }, current)
    expect(more).toMatchObject({
      kind: 'repartition',
      keptComputeInstances: 3,
      keptGpuInstances: 2,
    })
  })

  test('repartition fills a bare GPU instance instead of creating another', () => {
    const current = [place(a100, '3g.20gb', 4, [])]
    const result = solve(a100, { '3g.20gb': 1 }, current)
    expect(result).toMatchObject({
      kind: 'repartition',
      keptComputeInstances: 0,
      keptGpuInstances: 1,
    })
  })

  test('repartition leaves room: a small instance takes no start that a larger one needs', () => {
    for (const name of ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb']) {
      const result = solve(a100, { [name]: 1 })
      const layout = result.kind === 'repartition' ? result.layout : []
      const left = remaining(a100, layout).filter(({ free }) => free > 0)
      const larger = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb']
      for (const other of larger)
        expect(left.map(({ profileId }) => profileId)).toContain(profileIdOf(a100, other))
    }
  })

  test('the target of an empty partition is empty', () => {
    expect(layoutOf(a100, {}, sevenSmall)).toEqual([])
    expect(layoutOf(a100, { '1g.5gb': 0 }, sevenSmall)).toEqual([])
  })

  test('the answer of repartition is frozen, and the problem is unchanged', () => {
    const current = [place(a100, '1g.5gb', 0)]
    const result = solve(a100, { '1g.5gb': 1 }, current)
    expect(
      Object.isFrozen(result.kind === 'repartition' && result.layout[0]?.computeInstances[0]),
    ).toBe(true)
    expect(Object.isFrozen(current[0]?.computeInstances[0])).toBe(false)
  })

  test('repartition keeps compute instances without a reported placement', () => {
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
    expect(result).toMatchObject({ kind: 'repartition', keptComputeInstances: 2 })
  })

  test('compute instances have no placements if the driver takes none', () => {
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

  test('repartition marks placements that it only assumes', () => {
    const unasked: Geometry = {
      profiles: a100.profiles.map((profile) => ({ ...profile, computeInstanceProfiles: null })),
    }
    const result = solve(unasked, { '1c.3g.20gb': 1, '2c.3g.20gb': 1, '1g.5gb': 1 })
    if (result.kind !== 'repartition') throw new Error('it fits')
    const assumed = result.layout.flatMap(({ computeInstances }) =>
      computeInstances.map(({ sliceCount, placementAssumed }) => [sliceCount, placementAssumed]),
    )
    expect(assumed).toHaveLength(3)
    expect(assumed).toEqual(
      expect.arrayContaining([
        [1, true],
        [2, true],
      ]),
    )
    expect(assumed.every(([, isAssumed]) => isAssumed)).toBe(true)
  })

  test.each([{ pinned: true }, { busy: true }, { placement: null }])(
    'a full compute instance that stays is in the target as it was given: with %j',
    (fields) => {
      const current = [place(a100, '3g.20gb', 4)].map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((each) => ({ ...each, ...fields })),
      }))
      expect(solve(a100, { '3g.20gb': 1 }, current)).toMatchObject({ layout: current })
      expect(solve(a100, { '3g.20gb': 1, '1g.5gb': 1 }, current)).toMatchObject({
        layout: expect.arrayContaining(current),
      })
    },
  )
})
