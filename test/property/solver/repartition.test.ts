import { describe, expect, test } from 'vitest'
import { checkLayout, repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import {
  allLayouts,
  countAddable,
  countDevices,
  keepsPinned,
  keptComputeInstances,
  keptGpuInstances,
} from '../../support/brute-force.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'
import { arbitraryProblem, type Problem } from '../../support/problems.js'
import fc from '../../support/property.js'

const geometries: readonly [string, Geometry, number][] = [
  ['a30-24gb', geometryOf('a30-24gb'), 250],
  ['a100-40gb', geometryOf('a100-40gb'), 20],
  ['a100-40gb, core', coreOf(geometryOf('a100-40gb')), 50],
  [
    'a100-40gb, 2g and 3g',
    withProfiles(geometryOf('a100-40gb'), ({ name }) => /^[23]g/.test(name)),
    400,
  ],
  ['h100-80gb-sxm', geometryOf('h100-80gb-sxm'), 12],
  ['rtx-pro-6000-blackwell', geometryOf('rtx-pro-6000-blackwell'), 100],
  ['rtx-pro-4500-blackwell', geometryOf('rtx-pro-4500-blackwell'), 100],
]

function coreOf(geometry: Geometry): Geometry {
  return withProfiles(geometry, ({ name }) => !/\+me|^1g\.10gb$/.test(name))
}

/** Larger is better, the first difference decides. */
function scoreOf(geometry: Geometry, layout: Layout, current: Layout): readonly number[] {
  const byStart = layout.toSorted((a, b) => a.placement.start - b.placement.start)
  return [
    keptComputeInstances(layout, current),
    keptGpuInstances(layout, current),
    -layout.length,
    countAddable(geometry, layout),
    ...byStart.map(({ placement }) => -placement.start),
    ...byStart.map(({ profileId }) => -geometry.profiles.findIndex(({ id }) => id === profileId)),
  ]
}

function compareScores(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const order = value - (b[index] ?? 0)
    if (order !== 0) return order
  }
  return 0
}

function bestByBruteForce(
  geometry: Geometry,
  { wanted, current }: Problem,
): readonly number[] | null {
  let best: readonly number[] | null = null
  for (const layout of allLayouts(geometry, wanted)) {
    if (!keepsPinned(layout, current)) continue
    // The room is slow to count: only where all before it is equal.
    const quick = [
      keptComputeInstances(layout, current),
      keptGpuInstances(layout, current),
      -layout.length,
    ]
    if (best !== null && compareScores(quick, best) < 0) continue
    const score = scoreOf(geometry, layout, current)
    if (best === null || compareScores(score, best) > 0) best = score
  }
  return best
}

describe.each(geometries)('on %s', (_key, geometry, numRuns) => {
  test.each([0, 3])('the layout is the best there is, with %i of 10 instances pinned', (pinned) => {
    fc.assert(
      fc.property(arbitraryProblem(geometry, pinned), (problem) => {
        const result = repartition({ gpu: geometry, ...problem })
        const best = bestByBruteForce(geometry, problem)
        if (result.kind === 'infeasible') {
          expect(best).toBeNull()
          return
        }
        const { layout } = result
        expect(checkLayout(geometry, layout)).toEqual([])
        expect(countDevices(devicesOf(layout))).toEqual(countDevices(problem.wanted))
        expect(keepsPinned(layout, problem.current)).toBe(true)
        expect(scoreOf(geometry, layout, problem.current)).toEqual(best)
        expect(result.keptComputeInstances).toBe(best?.[0])
        expect(result.keptGpuInstances).toBe(best?.[1])
      }),
      { numRuns },
    )
  })

  test('the same problem has the same layout in any order of its parts', () => {
    fc.assert(
      fc.property(arbitraryProblem(geometry, 1), ({ wanted, current }) => {
        const result = repartition({ gpu: geometry, wanted, current })
        const again = repartition({
          gpu: structuredClone(geometry),
          wanted: wanted.toReversed(),
          current: current.toReversed(),
        })
        if (result.kind === 'repartition') expect(again).toEqual(result)
        else expect(again.kind).toBe('infeasible')
      }),
      { numRuns },
    )
  })

  test('a layout stays if its own partition is wanted', () => {
    fc.assert(
      fc.property(arbitraryProblem(geometry, 0), ({ current }) => {
        const result = repartition({ gpu: geometry, wanted: devicesOf(current), current })
        const devices = current.flatMap((instance) => instance.computeInstances).length
        expect(result).toMatchObject({ kind: 'repartition', keptComputeInstances: devices })
      }),
      { numRuns },
    )
  })
})

function devicesOf(layout: Layout): Partition {
  return layout.flatMap(({ profileId, computeInstances }) =>
    computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
  )
}
