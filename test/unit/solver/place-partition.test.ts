import { describe, expect, test } from 'vitest'
import { compileGeometry, placePartition } from '../../../lib/solver.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { PlacementPreference } from '../../../types/solver/placing.js'
import { distinctEntries, type NaiveSearch, type NaiveSet } from '../../support/naive-search.js'

const startsOf = (set: NaiveSet): readonly number[] => set.spots.map(({ start }) => start)
const positionsOf = (set: NaiveSet): readonly number[] => set.spots.map(({ position }) => position)

/** Negative: `a` comes first. */
function compareLists(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

type Addition = NaiveSearch['additions'][number][number]

/** The best way to add each partition to each layout, by looking at all of them. */
function bestAdditions(
  { sets, additions }: NaiveSearch,
  compare: (a: Addition, b: Addition) => number,
): readonly ReadonlyMap<string, Addition>[] {
  return sets.map(({ number }) => {
    const best = new Map<string, Addition>()
    for (const addition of additions[number] ?? []) {
      const other = best.get(addition.added.partition)
      if (other === undefined || compare(addition, other) < 0) {
        best.set(addition.added.partition, addition)
      }
    }
    return best
  })
}

const keyOf = (layout: Layout): string =>
  layout.map(({ profileId, placement }) => `${profileId}@${placement.start}`).join()

// From every layout to every partition of every GPU of the catalog.
describe.each(distinctEntries())('%s', (_key, naive) => {
  const tables = compileGeometry(naive.geometry)
  const room = ({ whole }: Addition): number => naive.addable[whole.number]?.size ?? 0
  const roomsAfter = naive.sets.map(({ number }) =>
    naive.geometry.profiles.reduce((sum, _profile, position) => {
      const single = (naive.additions[number] ?? []).filter(
        ({ added }) => added.spots.length === 1 && added.counts[position] === 1,
      )
      return sum + Math.max(0, ...single.map(room))
    }, 0),
  )
  const roomAfter = ({ whole }: Addition): number => roomsAfter[whole.number] ?? 0
  const lowest = (a: Addition, b: Addition): number =>
    compareLists(startsOf(a.added), startsOf(b.added)) ||
    compareLists(positionsOf(a.added), positionsOf(b.added))
  const highest = (a: Addition, b: Addition): number =>
    compareLists(startsOf(b.added).toReversed(), startsOf(a.added).toReversed()) ||
    compareLists(positionsOf(a.added).toReversed(), positionsOf(b.added).toReversed())

  test.each<[PlacementPreference & string, (a: Addition, b: Addition) => number]>([
    ['most-room', (a, b) => room(b) - room(a) || roomAfter(b) - roomAfter(a) || highest(a, b)],
    ['lowest-start', lowest],
    ['highest-start', highest],
  ])('the layout of %s is the best there is', (prefer, compare) => {
    const best = bestAdditions(naive, compare)
    const wrong: string[] = []
    for (const { number, layout } of naive.sets) {
      for (const [key, partition] of naive.partitions) {
        const result = placePartition({ gpu: tables, partition, keep: layout, prefer })
        const expected = best[number]?.get(key)
        const added = result.kind === 'layout' ? keyOf(result.added) : 'infeasible'
        const whole = result.kind === 'layout' ? keyOf(result.layout) : 'infeasible'
        if (
          added !== (expected === undefined ? 'infeasible' : keyOf(expected.added.layout)) ||
          whole !== (expected === undefined ? 'infeasible' : keyOf(expected.whole.layout))
        )
          wrong.push(`${keyOf(layout)} + ${key}: ${added}`)
      }
    }
    expect(wrong).toEqual([])
  })
})
