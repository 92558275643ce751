import { describe, expect, test } from 'vitest'
import { describePartition, explainInfeasible } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { LayoutInfeasible } from '../../../types/solver/explain.js'
import type { Layout } from '../../../types/solver/layout.js'
import { place, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const rtx = geometryOf('rtx-pro-6000-blackwell')

function explain(
  geometry: Geometry,
  devices: Readonly<Record<string, number>>,
  pinned: Layout = [],
): LayoutInfeasible {
  const answer = explainInfeasible(geometry, want(geometry, devices), { pinned })
  if (answer === null) throw new Error('it fits')
  return answer
}

function nearestTo(...request: Parameters<typeof explain>): string[] {
  return explain(...request).nearest.map(({ partition }) =>
    describePartition(partition, request[0]),
  )
}

describe('the conflict', () => {
  test.each([
    [{ '1g.5gb': 7, '2g.10gb': 3 }, { '1g.5gb': 2, '2g.10gb': 3 }, 'compute-slices'],
    [{ '3g.20gb': 2, '1g.5gb': 3 }, { '3g.20gb': 2, '1g.5gb': 1 }, 'memory-units'],
    [{ '1g.5gb+me': 3, '2g.10gb': 1 }, { '1g.5gb+me': 2 }, 'profile-maximum'],
    [{ '1c.3g.20gb': 9 }, { '1c.3g.20gb': 7 }, 'profile-maximum'],
  ])('the conflict of %j is %j: %s', (devices, part, kind) => {
    const { conflict } = explain(a100, devices)
    expect(conflict.devices).toEqual(want(a100, part))
    expect(conflict.limit.kind).toBe(kind)
  })

  test('a conflict counts the GPU instances of partial compute instances, not their slices', () => {
    // Two slices start at 0 only in a 3g, so each of the three needs one of its own.
    expect(explain(a100, { '2c.3g.20gb': 3 }).conflict.limit).toEqual({
      kind: 'profile-maximum',
      profileId: profileIdOf(a100, '3g.20gb'),
      wanted: 3,
      available: 2,
    })
  })

  test('the limit of a conflict may be engines', () => {
    const { conflict } = explain(rtx, { '1g.24gb+me.all': 1, '1g.24gb': 3 })
    expect(conflict.devices).toEqual(want(rtx, { '1g.24gb+me.all': 1, '1g.24gb': 1 }))
    expect(conflict.limit).toMatchObject({ kind: 'engines' })
  })

  test('a conflict may be a pinned instance and one device, by position alone', () => {
    const pinned = [place(a100, '1g.5gb', 1), place(a100, '2g.10gb', 4)]
    const { conflict } = explain(a100, { '4g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 }, pinned)
    expect(conflict.devices).toEqual(want(a100, { '4g.20gb': 1 }))
    expect(conflict.pinned).toMatchObject([{ placement: { start: 1, size: 1 } }])
    expect(conflict.limit).toEqual({ kind: 'positions' })
  })

  test('a pinned instance that is not wanted is the conflict', () => {
    const pinned = [place(a100, '2g.10gb', 4)]
    const { conflict } = explain(a100, { '1g.5gb': 1 }, pinned)
    expect(conflict.devices).toEqual([])
    expect(conflict.limit.kind).toBe('pinned-unwanted')
    expect(conflict.pinned).toMatchObject(pinned)
  })

  test('a device that the GPU does not have is the conflict', () => {
    const { conflict, reason } = explain(a100, { '3c.4g.20gb': 2, '1g.5gb': 1 })
    expect(conflict.devices).toEqual(want(a100, { '3c.4g.20gb': 1 }))
    expect(conflict.limit).toEqual(reason)
  })
})

describe('the nearest partitions', () => {
  test('the nearest partitions lose the fewest slices, then the fewest memory units', () => {
    expect(nearestTo(a100, { '1g.5gb': 6, '2g.10gb': 1 })[0]).toBe('6 × 1g.5gb, 1 × 1g.10gb')
    expect(nearestTo(a100, { '4g.20gb': 2 })[0]).toBe('1 × 4g.20gb, 1 × 3g.20gb')
    expect(nearestTo(a100, { '1g.5gb+me': 7 })[0]).toBe('1 × 1g.5gb+me, 6 × 1g.5gb')
    expect(nearestTo(rtx, { '1g.24gb+me.all': 1, '1g.24gb': 1 })[0]).toBe(
      '1 × 1g.24gb+me.all, 1 × 1g.24gb-me',
    )
  })

  test('the nearest partitions say which devices they change', () => {
    expect(explain(a100, { '4g.20gb': 2 }).nearest[0]).toMatchObject({
      without: want(a100, { '4g.20gb': 1 }),
      instead: want(a100, { '3g.20gb': 1 }),
      computeSlicesLost: 1,
    })
  })

  test('the nearest partitions replace a device that the GPU does not have', () => {
    expect(explain(a100, { '3c.4g.20gb': 1, '1g.5gb': 2 }).nearest[0]).toMatchObject({
      without: want(a100, { '3c.4g.20gb': 1 }),
      instead: want(a100, { '3g.20gb': 1 }),
      computeSlicesLost: 0,
    })
  })

  test('the nearest partitions have the pinned devices, wanted or not', () => {
    const pinned = [place(a100, '3g.20gb', 4)]
    for (const { partition } of explain(a100, { '4g.20gb': 1, '2g.10gb': 1 }, pinned).nearest) {
      expect(partition).toContainEqual({
        profileId: profileIdOf(a100, '3g.20gb'),
        sliceCount: 3,
        count: 1,
      })
    }
  })

  test('the nearest partitions are as many as answers says, and none if the GPU does not have a pinned profile', () => {
    const options = { answers: 1 }
    const wanted = want(a100, { '4g.20gb': 2 })
    expect(explainInfeasible(a100, wanted, options)?.nearest).toHaveLength(1)
    const stray = { profileId: 99, placement: { start: 0, size: 1 }, computeInstances: [] }
    expect(explainInfeasible(a100, wanted, { pinned: [stray] })?.nearest).toEqual([])
  })
})

test('a partition that fits has no explanation', () => {
  expect(explainInfeasible(a100, want(a100, { '1g.5gb': 7 }))).toBeNull()
  expect(explainInfeasible(a100, [])).toBeNull()
})

test('a request to a GPU far larger than any is explained quickly', () => {
  const [small] = a100.profiles
  if (small === undefined) throw new Error('no profiles')
  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16]
  const geometry: Geometry = {
    profiles: sizes.map((size, index) => ({
      ...small,
      id: index,
      index,
      name: `${size}g.${size}gb`,
      sliceCount: size,
      instanceCount: Math.floor(16 / size),
      computeInstanceProfiles: null,
      placements: Array.from({ length: 17 - size }, (_, start) => ({ start, size })),
    })),
  }
  const all = geometry.profiles.map(({ id, sliceCount }) => ({
    profileId: id,
    sliceCount,
    count: 3,
  }))
  const answer = explainInfeasible(geometry, all)
  expect(answer?.conflict.devices.map(({ count }) => count)).toEqual([1, 1])
  expect(answer?.nearest.length).toBeGreaterThan(0)
})
