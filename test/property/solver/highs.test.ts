import { beforeAll, describe, expect, test } from 'vitest'
import { explainInfeasible, fits, maxAdditional } from '../../../lib/solver.js'
import { assignmentModel } from '../../support/assignment-model.js'
import { loadHighs } from '../../support/highs.js'
import {
  countsIn,
  distinctGpus,
  layoutOf,
  type NaiveGpu,
  partitionWith,
} from '../../support/naive-gpu.js'

let highs: Awaited<ReturnType<typeof loadHighs>>
beforeAll(async () => {
  highs = await loadHighs()
})

/** The most of the wanted instances that fit beside those there, by integer programming. */
function mostByHighs(gpu: NaiveGpu, counts: readonly number[], there: number): number {
  if (sum(counts) === 0) return 0
  const solution = highs.solve(assignmentModel(gpu, { counts, there }))
  expect(solution.Status).toBe('Optimal')
  return Math.round(solution.ObjectiveValue)
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

/** Numbers that look random and are the same on every machine (Lehmer, 1951; Park and Miller). */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647
    return state % sides
  }
}

/** Layouts, and partitions of up to three sizes that may or may not fit. */
function drawProblems(gpu: NaiveGpu, count: number) {
  const dice = createDice(gpu.spots.length)
  return Array.from({ length: count }, () => {
    const counts = gpu.profiles.map(() => 0)
    for (let size = 0; size < 3; size += 1) counts[dice(counts.length)] = dice(4)
    return { set: gpu.sets[dice(gpu.sets.length)] ?? 0, counts, profile: dice(counts.length) }
  })
}

describe.each(distinctGpus)('HiGHS agrees on $key', (gpu) => {
  const { geometry } = gpu
  const problems = drawProblems(gpu, 25)

  test('HiGHS agrees on whether a partition can be added to a layout', () => {
    for (const { set, counts } of problems) {
      const answer = fits(geometry, layoutOf(gpu, set), partitionWith(gpu, counts))
      expect([set, counts, answer.fits]).toEqual([
        set,
        counts,
        mostByHighs(gpu, counts, set) === sum(counts),
      ])
    }
  })

  test('HiGHS agrees on how many more of a profile fit', () => {
    for (const { set, profile } of problems) {
      const id = geometry.profiles[profile]?.id ?? -1
      const many = gpu.profiles.map((_, index) => (index === profile ? 8 : 0))
      const most = maxAdditional(geometry, layoutOf(gpu, set), id)
      expect([set, profile, most]).toEqual([set, profile, mostByHighs(gpu, many, set)])
    }
  })

  test('HiGHS agrees on how much of a partition fits, and by how many devices the nearest one differs', () => {
    for (const { counts } of problems) {
      const most = mostByHighs(gpu, counts, 0)
      const answer = explainInfeasible(geometry, partitionWith(gpu, counts))
      expect([counts, answer === null]).toEqual([counts, most === sum(counts)])
      if (answer === null) continue
      expect(sum(countsIn(gpu, answer.wouldFit))).toBe(most)
      for (const { without } of answer.nearest) {
        expect(sum(countsIn(gpu, without))).toBe(sum(counts) - most)
      }
    }
  })

  test('HiGHS agrees that a conflict does not fit, and fits without any one part', () => {
    for (const { counts } of problems) {
      const answer = explainInfeasible(geometry, partitionWith(gpu, counts))
      if (answer === null) continue
      const conflict = countsIn(gpu, answer.conflict.devices)
      expect(mostByHighs(gpu, conflict, 0)).toBe(sum(conflict) - 1)
    }
  })
})
