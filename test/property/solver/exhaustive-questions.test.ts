import { describe, expect, test } from 'vitest'
import { countAdditional } from '../../../lib/solver/placing/max-additional.js'
import { fits, maxAdditional, possiblePartitions, remaining } from '../../../lib/solver.js'
import { futuresOf } from '../../support/naive-futures.js'
import {
  countsIn,
  countsOf,
  distinctGpus,
  exceedsAmounts,
  layoutOf,
  type NaiveGpu,
  naiveGpus,
  partitionWith,
  unplaceableKeys,
} from '../../support/naive-gpu.js'

test('the tests cover every entry of the catalog with published placements', () => {
  expect(unplaceableKeys).toEqual(['h20-nvl16', 'rtx-pro-5000-blackwell-72gb', 'thor-igpu'])
  expect(naiveGpus.length).toBeGreaterThan(20)
  expect(distinctGpus.length).toBeLessThan(naiveGpus.length)
})

/** Every partition, and every one with one instance more than the empty GPU can take. */
function listRequests(gpu: NaiveGpu): readonly (readonly number[])[] {
  const possible = futuresOf(gpu).of(0)
  const beyond = possible.flatMap((counts) =>
    counts.map((count, profile) => counts.with(profile, count + 1)),
  )
  return [...new Map([...possible, ...beyond].map((counts) => [counts.join(), counts])).values()]
}

/** How many more of a profile all but the places allow. */
function countAllowed(gpu: NaiveGpu, counts: readonly number[], profile: number): number {
  const most = (gpu.profiles[profile]?.most ?? 0) - (counts[profile] ?? 0)
  let more = 0
  while (more < most) {
    const next = counts.with(profile, (counts[profile] ?? 0) + more + 1)
    if (exceedsAmounts(gpu, next)) break
    more += 1
  }
  return more
}

describe.each(distinctGpus)('all layouts of $key', (gpu) => {
  const { geometry, sets } = gpu
  const futures = futuresOf(gpu)

  test('fits says yes to exactly the partitions that a layout can take', () => {
    const requests = listRequests(gpu).map(
      (counts) => [counts, partitionWith(gpu, counts)] as const,
    )
    const wrong: unknown[] = []
    for (const set of sets) {
      const layout = layoutOf(gpu, set)
      for (const [counts, partition] of requests) {
        const answer = fits(geometry, layout, partition)
        if (answer.fits !== futures.canAdd(set, counts)) wrong.push([layout, partition, answer])
      }
    }
    expect(wrong).toEqual([])
  })

  test('maxAdditional, and countAdditional without tables, are how many more of each profile a layout can take', () => {
    const wrong: unknown[] = []
    for (const set of sets) {
      const layout = layoutOf(gpu, set)
      for (const [position, { id }] of geometry.profiles.entries()) {
        const alone = geometry.profiles.map(() => 0)
        let most = 0
        while (futures.canAdd(set, alone.with(position, most + 1))) most += 1
        const answers = [maxAdditional, countAdditional].map((ask) => ask(geometry, layout, id))
        if (answers.some((answer) => answer !== most)) wrong.push([layout, id, answers, most])
      }
    }
    expect(wrong).toEqual([])
  })

  test('remaining lists exactly the free placements of a layout', () => {
    const legal = new Set(sets)
    const wrong: unknown[] = []
    for (const set of sets) {
      const answer = remaining(geometry, layoutOf(gpu, set)).map(({ profileId, placements }) => [
        profileId,
        placements.map(({ start, size }) => [start, size]),
      ])
      const free = geometry.profiles.map(({ id }, position) => [
        id,
        gpu.spots.flatMap(({ profile, start, size }, index) =>
          profile === position && (set & (1 << index)) === 0 && legal.has(set | (1 << index))
            ? [[start, size]]
            : [],
        ),
      ])
      if (JSON.stringify(answer) !== JSON.stringify(free)) wrong.push([countsOf(gpu, set), answer])
    }
    expect(wrong).toEqual([])
  })

  test('free is what placements and limits leave', () => {
    for (const set of sets) {
      const counts = countsOf(gpu, set)
      const answer = remaining(geometry, layoutOf(gpu, set))
      const free = answer.map(({ placements }, profile) =>
        Math.min(placements.length, countAllowed(gpu, counts, profile)),
      )
      expect(answer.map((each) => each.free)).toEqual(free)
    }
  })

  test('possiblePartitions lists exactly the partitions of all layouts', () => {
    const text = (list: readonly (readonly number[])[]): readonly string[] =>
      list.map((counts) => counts.join()).sort()
    const possible = futures.of(0)
    const all = possiblePartitions(geometry, { dominated: true })
    expect(text(all.map((each) => countsIn(gpu, each)))).toEqual(text(possible))
    const undominated = possible.filter(
      (part) =>
        !possible.some(
          (whole) => whole !== part && whole.every((count, index) => count >= (part[index] ?? 0)),
        ),
    )
    const answer = possiblePartitions(geometry)
    expect(text(answer.map((each) => countsIn(gpu, each)))).toEqual(text(undominated))
  })
})
