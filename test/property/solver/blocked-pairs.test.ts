import { describe, expect, test } from 'vitest'
import { listLayouts, partitionOf, remaining, repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import type { Repartition } from '../../../types/solver/repartition.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'

/** Every layout and one more profile that it has no place for, though the GPU has. */
function* blockedPairs(gpu: Geometry): Generator<[Layout, Partition]> {
  for (const layout of listLayouts(gpu)) {
    const free = new Map(remaining(gpu, layout).map((each) => [each.profileId, each.free]))
    for (const { id, sliceCount } of gpu.profiles) {
      if (free.get(id) !== 0) continue
      yield [layout, [...partitionOf(layout), { profileId: id, sliceCount, count: 1 }]]
    }
  }
}

function tally(values: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

// The counts of an independent enumeration of the A100 table, with and without the 1g of twice the
// memory. Four pairs with it need one move more when nothing may stop.
describe.each([
  [/^1g\.10gb$|\+me/, 291, { 1: 213, 2: 65, 3: 12, 4: 1 }, { 1: 213, 2: 64, 3: 8 }],
  [/\+me/, 754, { 1: 566, 2: 159, 3: 28, 4: 1 }, { 1: 566, 2: 137, 3: 20, 4: 4 }],
])('an A100 without %s', (left, pairs, moves, liveMoves) => {
  const gpu = withProfiles(geometryOf('a100-40gb'), ({ name }) => !left.test(name))
  const solve = (live: boolean): [Layout, Repartition][] =>
    [...blockedPairs(gpu)].flatMap(([current, wanted]) => {
      const result = repartition({ gpu, current, wanted, live })
      return result.kind === 'repartition' ? [[current, result]] : []
    })

  test(`${pairs} blocked pairs are repaired with the fewest moves`, () => {
    const repaired = solve(false)
    expect(repaired).toHaveLength(pairs)
    expect(
      tally(repaired.map(([layout, { keptGpuInstances }]) => layout.length - keptGpuInstances)),
    ).toEqual(moves)
  })

  test('most blocked pairs are repaired live, and each stop of the others says why', () => {
    const repaired = solve(true).map(([, { live }]) => live)
    const alive = repaired.filter((live) => live?.kind === 'live')
    expect(tally(alive.map((live) => live?.moves ?? -1))).toEqual(liveMoves)
    for (const live of repaired) {
      expect(live?.proven).toBe(true)
      if (live?.kind !== 'stops') continue
      expect(live.stops.length).toBeGreaterThan(0)
      for (const { starts } of live.stops) {
        expect(starts.every(({ blockedBy }) => blockedBy.length > 0)).toBe(true)
      }
    }
  })
})
