import { describe, expect, test } from 'vitest'
import { placePartition } from '../../../lib/solver.js'
import type { Layout, PlacedGpuInstance } from '../../../types/solver/layout.js'
import type { PlacePartitionProblem } from '../../../types/solver/placing.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const id = (name: string): number => profileIdOf(a100, name)

function want(sizes: Readonly<Record<string, number>>): PlacePartitionProblem['partition'] {
  return Object.entries(sizes).map(([name, count]) => {
    const [, part, profileName = ''] = /^(?:(\d)c\.)?(.*)$/.exec(name) ?? []
    const profile = a100.profiles.find((each) => each.name === profileName)
    if (profile === undefined) throw new Error(`no ${name}`)
    return { profileId: profile.id, sliceCount: Number(part ?? profile.sliceCount), count }
  })
}

function at(name: string, start: number, parts?: readonly number[]): PlacedGpuInstance {
  const profile = a100.profiles.find((each) => each.name === name)
  const placement = profile?.placements.find((each) => each.start === start)
  if (profile === undefined || placement === undefined) throw new Error(`no ${name} at ${start}`)
  const computeInstances = (parts ?? [profile.sliceCount]).map((sliceCount, index) => ({
    sliceCount,
    placement: { start: index, size: sliceCount },
  }))
  return { profileId: profile.id, placement, computeInstances }
}

function place(problem: Omit<PlacePartitionProblem, 'gpu'>): readonly string[] | object {
  const result = placePartition({ gpu: a100, ...problem })
  return result.kind === 'layout' ? textOf(result.layout) : result.reason
}

function textOf(layout: Layout): readonly string[] {
  return layout.map(({ profileId, placement, computeInstances }) => {
    const profile = a100.profiles.find((each) => each.id === profileId)
    const parts = computeInstances.map(({ sliceCount }) => sliceCount)
    const whole = parts.length === 1 && parts[0] === profile?.sliceCount
    return `${profile?.name}@${placement.start}${whole ? '' : `[${parts}]`}`
  })
}

describe('a demand mix', () => {
  const demand = (weights: Readonly<Record<string, number>>) => ({
    demand: Object.entries(weights).map(([name, weight]) => ({ profileId: id(name), weight })),
  })

  // A 2g at 4 leaves a 4g, one at 0 or 2 leaves a 3g and two more 2g.
  test('a demand decides if no place is best for all requests', () => {
    const partition = want({ '2g.10gb': 1 })
    expect(place({ partition, prefer: demand({ '4g.20gb': 1 }) })).toEqual(['2g.10gb@4'])
    expect(place({ partition, prefer: demand({ '3g.20gb': 1, '2g.10gb': 1 }) })).toEqual([
      '2g.10gb@2',
    ])
    expect(place({ partition, prefer: demand({ '4g.20gb': 1000, '2g.10gb': 1 }) })).toEqual([
      '2g.10gb@4',
    ])
  })

  test('a demand without weights is the same as most-room', () => {
    const partition = want({ '1g.5gb': 2, '2g.10gb': 1 })
    for (const prefer of [demand({}), demand({ '1g.5gb': 0 })]) {
      expect(place({ partition, prefer })).toEqual(place({ partition }))
    }
  })

  test.each([-1, 0.5, Number.NaN, 1e9])('with a weight of %s is an error', (weight) => {
    expect(() => place({ partition: [], prefer: demand({ '1g.5gb': weight }) })).toThrow(
      expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }),
    )
  })
})

describe('as the driver would', () => {
  test('driver places one instance after the other where it takes the least away', () => {
    const partition = want({ '3g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 })
    expect(place({ partition, prefer: 'driver' })).toEqual(['2g.10gb@0', '1g.5gb@2', '3g.20gb@4'])
  })

  test('with driver, the order of the partition decides, and may get stuck', () => {
    const smallFirst = want({ '2g.10gb': 2, '3g.20gb': 1 })
    const largeFirst = want({ '3g.20gb': 1, '2g.10gb': 2 })
    expect(place({ partition: smallFirst, prefer: 'driver' })).toEqual({
      kind: 'driver-order',
      profileId: id('3g.20gb'),
    })
    const found = ['2g.10gb@0', '2g.10gb@2', '3g.20gb@4']
    expect(place({ partition: largeFirst, prefer: 'driver' })).toEqual(found)
    expect(place({ partition: smallFirst })).toEqual(found)
    expect(place({ partition: want({ '4g.20gb': 2 }), prefer: 'driver' })).toMatchObject({
      kind: 'profile-maximum',
    })
  })
})

describe('keep and pinned', () => {
  test('kept instances are in addition to the partition, pinned ones are part of it', () => {
    const there = at('3g.20gb', 4)
    const partition = want({ '3g.20gb': 1 })
    expect(place({ partition, keep: [there] })).toEqual(['3g.20gb@0', '3g.20gb@4'])
    expect(place({ partition, pinned: [there] })).toEqual(['3g.20gb@4'])
    expect(place({ partition: want({ '3g.20gb': 2 }), pinned: [there] })).toEqual([
      '3g.20gb@0',
      '3g.20gb@4',
    ])
  })

  test('kept instances come back as they were, and are not frozen', () => {
    const there = at('3g.20gb', 4, [1, 2])
    const result = placePartition({ gpu: a100, partition: want({ '1g.5gb': 1 }), keep: [there] })
    expect(result.kind === 'layout' && result.layout.at(-1)).toBe(there)
    expect(result.kind === 'layout' && textOf(result.added)).toHaveLength(1)
    expect(Object.isFrozen(there)).toBe(false)
  })

  test('a pinned instance that is not wanted is the reason', () => {
    const there = at('2g.10gb', 0)
    expect(place({ partition: want({ '3g.20gb': 1 }), pinned: [there] })).toEqual({
      kind: 'pinned-unwanted',
      instances: [there],
    })
  })

  test('a bare pinned instance stands for the device that fills it', () => {
    const partition = want({ '3g.20gb': 1, '4g.20gb': 1 })
    expect(place({ partition, pinned: [at('3g.20gb', 4, [])] })).toEqual(['4g.20gb@0', '3g.20gb@4'])
    expect(place({ partition, pinned: [at('3g.20gb', 0, [])] })).toEqual({
      kind: 'blocked',
      fitsEmptyGpu: true,
    })
  })
})

test('placePartition packs compute instances into the fewest GPU instances', () => {
  expect(place({ partition: want({ '1c.3g.20gb': 4, '3g.20gb': 1 }) })).toMatchObject({
    kind: 'profile-maximum',
    wanted: 3,
    available: 2,
  })
  expect(place({ partition: want({ '1c.3g.20gb': 2, '2c.3g.20gb': 2 }) })).toEqual([
    '3g.20gb@0[2,1]',
    '3g.20gb@4[2,1]',
  ])
  expect(place({ partition: want({ '1c.3g.20gb': 2, '3g.20gb': 1 }) })).toEqual([
    '3g.20gb@0',
    '3g.20gb@4[1,1]',
  ])
  expect(place({ partition: want({ '3c.7g.40gb': 1, '4c.7g.40gb': 1 }) })).toEqual([
    '7g.40gb@0[4,3]',
  ])
})
