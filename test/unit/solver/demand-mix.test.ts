import { expect, test } from 'vitest'
import { compileGeometry, placePartition } from '../../../lib/solver.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'
import { type NaiveSearch, searchNaively } from '../../support/naive-search.js'

const doubleMemory = withProfiles(geometryOf('a100-40gb'), ({ name }) => !name.includes('+me'))

/** Requests served before the first that does not fit: the sum over what may come next, again and again. */
function expectServed({ addable }: NaiveSearch, set: number, weights: readonly number[]): number {
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const known = new Map<string, number>()
  const expectFrom = (counts: readonly number[]): number => {
    let served = known.get(counts.join())
    if (served !== undefined) return served
    served = 0
    for (const [position, weight] of weights.entries()) {
      const more = counts.with(position, (counts[position] ?? 0) + 1)
      if (weight === 0 || addable[set]?.has(more.join()) !== true) continue
      served += (weight / whole) * (1 + expectFrom(more))
    }
    known.set(counts.join(), served)
    return served
  }
  return expectFrom(weights.map(() => 0))
}

test.each([
  ['a30-24gb', geometryOf('a30-24gb'), [5, 1, 3, 0, 1]],
  ['8 units, mostly small', doubleMemory, [8, 4, 2, 2, 1, 1]],
  ['8 units, mostly large', doubleMemory, [1, 1, 3, 1, 9, 2]],
])('%s: no place is expected to serve more of the mix', (_name, geometry, weights) => {
  const naive = searchNaively(geometry)
  const gpu = compileGeometry(geometry)
  const served = naive.sets.map(({ number }) => expectServed(naive, number, weights))
  const demand = geometry.profiles.map(({ id }, position) => ({
    profileId: id,
    weight: weights[position] ?? 0,
  }))
  const keyOf = (layout: (typeof naive.sets)[number]['layout']): string =>
    layout.map(({ profileId, placement }) => `${profileId}@${placement.start}`).join()
  const byKey = new Map(naive.sets.map((set) => [keyOf(set.layout), set.number]))
  const worse: string[] = []
  for (const { number, layout } of naive.sets) {
    const best = new Map<string, number>()
    for (const { added, whole } of naive.additions[number] ?? []) {
      const other = best.get(added.partition) ?? 0
      best.set(added.partition, Math.max(other, served[whole.number] ?? 0))
    }
    for (const [key, most] of best) {
      const partition = naive.partitions.get(key) ?? []
      const result = placePartition({ gpu, partition, keep: layout, prefer: { demand } })
      const found = result.kind === 'layout' ? byKey.get(keyOf(result.layout)) : undefined
      if (!((served[found ?? -1] ?? -1) > most - 1e-9)) worse.push(`${keyOf(layout)} + ${key}`)
    }
  }
  expect(worse).toEqual([])
})
