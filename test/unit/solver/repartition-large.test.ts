import { describe, expect, test } from 'vitest'
import { checkLayout, repartition } from '../../../lib/solver.js'
import type { Layout } from '../../../types/solver/layout.js'
import { inventGpu, wantOf } from '../../support/invented-gpu.js'

const sixteen = inventGpu(16, [1, 2, 3, 1, 4, 5, 6, 7, 8, 10, 12, 16])

function instance(profileId: number, start: number, size: number): Layout[number] {
  return {
    profileId,
    placement: { start, size },
    computeInstances: [{ sliceCount: size, placement: { start: 0, size } }],
  }
}

describe('a GPU of sixteen units and twelve profiles is repartitioned', () => {
  const current = [instance(70, 7, 1), instance(74, 10, 4), instance(71, 3, 2)]

  test.each([
    [[1], 1],
    [[4, 2, 1], 2],
    [[6, 2, 1, 1], 2],
    [[2, 1, 1, 1, 1], 3],
    [[0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 1],
  ])('with %j wanted, every instance stays that can stay', (counts, kept) => {
    const wanted = wantOf(sixteen, counts)
    for (const live of [false, true]) {
      const result = repartition({ gpu: sixteen, current, wanted, live })
      if (result.kind === 'infeasible') throw new Error('it fits')
      expect(checkLayout(sixteen, result.layout)).toEqual([])
      expect(result.keptGpuInstances).toBe(kept)
    }
  })
})

test('a question with too many layouts is refused', () => {
  const huge = inventGpu(32, [1, 2, 3])
  expect(() => repartition({ gpu: huge, wanted: wantOf(huge, [16, 4]) })).toThrow(
    expect.objectContaining({ code: 'MIG_SOLVER_LIMIT' }),
  )
})
