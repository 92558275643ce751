import { describe, expect, test } from 'vitest'
import { canAdd } from '../../../lib/solver/placing/can-add.js'
import { findPlaces, listPlaces } from '../../../lib/solver/placing/find-places.js'
import { placeOrder } from '../../../lib/solver/placing/place-order.js'
import { countRoom } from '../../../lib/solver/tables/room.js'
import { compileGeometry, requireResiduals } from '../../../lib/solver/tables/tables.js'
import {
  checkLayout,
  fits,
  maxAdditional,
  placePartition,
  possiblePartitions,
  remaining,
} from '../../../lib/solver.js'
import { geometryOf } from '../../support/geometry.js'
import { inventGpu, wantOf } from '../../support/invented-gpu.js'

const sixteen = inventGpu(16, [1, 2, 3, 1, 4, 5, 6, 7, 8, 10, 12, 16], { single: 3 })

describe('sixteen units and twelve profiles', () => {
  test('possiblePartitions refuses a GPU too large to list at once', () => {
    expect(compileGeometry(sixteen).residuals).toBeNull()
    expect(() => possiblePartitions(sixteen)).toThrow(
      expect.objectContaining({ code: 'MIG_SOLVER_LIMIT' }),
    )
  })

  test('a GPU too large to list is searched instead', () => {
    const layout = [
      { profileId: 74, placement: { start: 1, size: 4 }, computeInstances: [] },
      { profileId: 71, placement: { start: 7, size: 2 }, computeInstances: [] },
    ]
    expect(maxAdditional(sixteen, layout, 70)).toBe(10)
    expect(maxAdditional(sixteen, layout, 73)).toBe(1)
    expect(maxAdditional(sixteen, layout, 74)).toBe(1)
    expect(fits(sixteen, layout, wantOf(sixteen, [1, 1, 0, 0, 0, 0, 0, 1])).fits).toBe(true)
    expect(fits(sixteen, layout, wantOf(sixteen, [0, 0, 1, 0, 0, 0, 0, 1]))).toEqual({
      fits: false,
      reason: { kind: 'blocked', fitsEmptyGpu: true },
    })
    expect(remaining(sixteen, layout)[8]).toEqual({ profileId: 78, placements: [], free: 0 })
    for (const prefer of ['most-room', 'lowest-start', 'highest-start'] as const) {
      const partition = wantOf(sixteen, [1, 0, 1, 0, 1])
      const placed = placePartition({ gpu: sixteen, partition, keep: layout, prefer })
      const whole = placed.kind === 'layout' ? placed.layout : []
      expect(whole).toHaveLength(5)
      expect(checkLayout(sixteen, whole)).toEqual([])
    }
    const { states } = compileGeometry(sixteen)
    const free = states.nextOf(0).filter((next) => next >= 0).length
    expect(
      countRoom(
        compileGeometry(sixteen),
        sixteen.profiles.map(() => 0),
        0,
      ),
    ).toBe(free)
  })
})

test('a question that needs too many states is refused', () => {
  const huge = inventGpu(32, [1, 2, 3])
  expect(() =>
    placePartition({ gpu: huge, partition: wantOf(huge, [16, 4]), prefer: 'most-room' }),
  ).toThrow(expect.objectContaining({ code: 'MIG_SOLVER_LIMIT' }))
  expect(() => compileGeometry(inventGpu(33, [1]))).toThrow(
    expect.objectContaining({ code: 'MIG_GEOMETRY_UNKNOWN' }),
  )
})

// What a large GPU is searched with, on GPUs that the tables know.
test.each(['a30-24gb', 'rtx-pro-6000-blackwell', 'a100-40gb'])(
  'the search finds what the tables of %s say',
  (key) => {
    const tables = compileGeometry(geometryOf(key))
    const { partitions, stateCount } = requireResiduals(tables)
    const searched = { ...tables, residuals: null }
    const order = placeOrder(tables, 'lowest-start')
    const wrong: string[] = []
    for (let state = 0; state < stateCount; state += 7) {
      for (const counts of partitions.counts) {
        const byTables = findPlaces(tables, order, state, counts)
        const bySearch = findPlaces(searched, order, state, counts)
        const same =
          canAdd(tables, state, counts) === canAdd(searched, state, counts) &&
          placesOf(byTables) === placesOf(bySearch)
        if (!same) wrong.push(`${state} + ${counts}`)
      }
    }
    expect(wrong).toEqual([])
  },
)

function placesOf(found: Parameters<typeof listPlaces>[0] | null): string | null {
  if (found === null) return null
  const numbers = listPlaces(found).map(({ number }) => number)
  return numbers.sort((a, b) => a - b).join()
}
