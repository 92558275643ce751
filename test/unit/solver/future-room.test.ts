import { describe, expect, test } from 'vitest'
import { placePartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { PlacementPreference } from '../../../types/solver/placing.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'
import { searchNaively } from '../../support/naive-search.js'

/**
 * GPU instances only arrive, one at a time, in every order, from an empty GPU. Of the pairs of a
 * layout so reached and a request that some layout with the same instances could take: how many this
 * layout refuses.
 */
function countRefusals(geometry: Geometry, prefer: PlacementPreference): readonly [number, number] {
  const naive = searchNaively(geometry)
  const keyOf = (layout: readonly { profileId: number; placement: { start: number } }[]): string =>
    layout.map(({ profileId, placement }) => `${profileId}@${placement.start}`).join()
  const byKey = new Map(naive.sets.map((set) => [keyOf(set.layout), set]))
  const reached = new Set([naive.sets[0]])
  let pairs = 0
  let refused = 0
  for (const set of reached) {
    if (set === undefined) continue
    for (const [position, { id, sliceCount }] of geometry.profiles.entries()) {
      const more = set.counts.with(position, (set.counts[position] ?? 0) + 1)
      if (!naive.partitions.has(more.join())) continue
      pairs += 1
      const result = placePartition({
        gpu: geometry,
        partition: [{ profileId: id, sliceCount, count: 1 }],
        keep: set.layout,
        prefer,
      })
      if (result.kind === 'layout') reached.add(byKey.get(keyOf(result.layout)))
      else refused += 1
    }
  }
  return [refused, pairs]
}

// By a published study: lowest start refuses 20 of 91 and 82 of 314, the largest residual set with its
// ties 8 of 81 and 39 of 255. The driver's rule is that of the largest count of free places there.
describe.each([
  ['8 units', (name: string) => !/\+me|^1g\.10gb$/.test(name), [20, 91], 8, [8, 81]],
  ['and 1g of twice the memory', (name: string) => !name.includes('+me'), [82, 314], 39, [66, 300]],
] as const)('%s', (_name, keep, lowest, most, driver) => {
  const geometry = withProfiles(geometryOf('a100-40gb'), ({ name }) => keep(name))

  test('most-room refuses the fewest requests that arrive later', () => {
    const [refused] = countRefusals(geometry, 'most-room')
    expect(refused).toBeLessThanOrEqual(most)
  })

  test('other rules refuse as many later requests as published', () => {
    expect(countRefusals(geometry, 'lowest-start')).toEqual(lowest)
    expect(countRefusals(geometry, 'driver')).toEqual(driver)
  })
})
