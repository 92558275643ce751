import { describe, expect, test } from 'vitest'
import { repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { ChangeCosts } from '../../../types/solver/repartition.js'
import { allLayouts, keptComputeInstances, keptGpuInstances } from '../../support/brute-force.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'
import { naiveCost } from '../../support/naive-cost.js'
import { arbitraryProblem, type Problem } from '../../support/problems.js'
import fc from '../../support/property.js'
import { runRepartitionStep, showLayout } from '../../support/run-steps.js'

const geometries: readonly [string, Geometry, number][] = [
  ['a30-24gb', geometryOf('a30-24gb'), 250],
  [
    'a100-40gb, core',
    withProfiles(geometryOf('a100-40gb'), ({ name }) => !/\+me|^1g\.10gb$/.test(name)),
    60,
  ],
  ['rtx-pro-6000-blackwell', geometryOf('rtx-pro-6000-blackwell'), 100],
]

interface Preferred extends Problem {
  readonly busy: Layout
  readonly costs?: ChangeCosts
}

function arbitraryPreferred(geometry: Geometry): fc.Arbitrary<Preferred> {
  const cost = fc.nat(5)
  const profiles = fc.tuple(
    ...geometry.profiles.map(({ id }) =>
      fc.record({ profileId: fc.constant(id), create: cost, destroy: cost, move: cost }),
    ),
  )
  return fc
    .record({
      problem: arbitraryProblem(geometry, 0),
      profiles,
      dice: fc.array(fc.nat(5), { minLength: 12, maxLength: 12 }),
      extra: fc.array(cost, { minLength: 12, maxLength: 12 }),
      priced: fc.boolean(),
    })
    .map(({ problem: { current, wanted }, profiles: list, dice, extra, priced }) => {
      const instances = current.flatMap(({ placement }, index) =>
        dice[index] === 1
          ? [{ placement, destroy: extra[index] ?? 0, move: extra.at(-index) ?? 0 }]
          : [],
      )
      return {
        current,
        wanted,
        busy: current.filter((_, index) => dice[index] === 0),
        ...(priced ? { costs: { profiles: list, instances } } : {}),
      }
    })
}

/** Busy compute instances and busy bare GPU instances that stay. */
function keptBusy(layout: Layout, busy: Layout): number {
  const bare = busy.filter(({ computeInstances }) => computeInstances.length === 0)
  return keptComputeInstances(layout, busy) + keptGpuInstances(layout, bare)
}

function scoreOf(
  geometry: Geometry,
  layout: Layout,
  { current, busy, costs }: Preferred,
): number[] {
  return [
    keptBusy(layout, busy),
    keptComputeInstances(layout, current),
    keptGpuInstances(layout, current),
    -naiveCost(geometry, current, layout, costs ?? {}),
  ]
}

function compareScores(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    if (value !== b[index]) return value - (b[index] ?? 0)
  }
  return 0
}

describe.each(geometries)('on %s', (_key, geometry, numRuns) => {
  test('busy instances stay before others, and the changes cost the least', () => {
    fc.assert(
      fc.property(arbitraryPreferred(geometry), (problem) => {
        const result = repartition({ gpu: geometry, ...problem })
        let best: readonly number[] | null = null
        for (const layout of allLayouts(geometry, problem.wanted)) {
          const score = scoreOf(geometry, layout, problem)
          if (best === null || compareScores(score, best) > 0) best = score
        }
        if (result.kind === 'infeasible') {
          expect(best).toBeNull()
          return
        }
        expect(scoreOf(geometry, result.layout, problem)).toEqual(best)
        expect(-result.cost).toBe(best?.[3])
        const busy = problem.busy.reduce(
          (sum, { computeInstances }) => sum + Math.max(1, computeInstances.length),
          0,
        )
        const lost = result.lostBusy.reduce(
          (sum, { computeInstances }) => sum + Math.max(1, computeInstances.length),
          0,
        )
        expect(busy - lost).toBe(best?.[0])
      }),
      { numRuns },
    )
  })

  test('the steps are legal, lead to the layout, and leave staying instances alone', () => {
    fc.assert(
      fc.property(arbitraryPreferred(geometry), (problem) => {
        const { current } = problem
        const result = repartition({ gpu: geometry, ...problem })
        if (result.kind === 'infeasible') return
        const after = result.steps.reduce<Layout>(
          (layout, step) => runRepartitionStep(geometry, layout, step),
          current,
        )
        expect(showLayout(after)).toEqual(showLayout(result.layout))
        const parts = (layout: Layout): number =>
          layout.reduce((sum, { computeInstances }) => sum + computeInstances.length, 0)
        expect(result.steps).toHaveLength(
          current.length +
            result.layout.length -
            2 * result.keptGpuInstances +
            (parts(current) + parts(result.layout) - 2 * result.keptComputeInstances),
        )
      }),
      { numRuns },
    )
  })
})
