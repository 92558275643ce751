import { describe, expect, test } from 'vitest'
import { planRebalance } from '../../../lib/kubernetes/rebalance/plan-rebalance.js'
import { verifyRebalance } from '../../../lib/kubernetes/rebalance/verify/verify-rebalance.js'
import type { RebalancePlan } from '../../../types/kubernetes/rebalance.js'
import { naiveRebalance } from '../../support/naive-rebalance.js'
import fc from '../../support/property.js'
import { tampered } from '../../support/tamper.js'
import { drawCluster } from './drawn-cluster.js'

const seeds = (count: number, first: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index)
const kept = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('verifyRebalance', () => {
  test.each(seeds(60, 7000))(
    'confirms each plan after a round trip through JSON, and says whether prices prove it (seed %i)',
    async (seed) => {
      const shape = seed % 3 === 0 ? { nodes: 16, models: ['a100-40gb', 'h100-80gb-sxm'] } : {}
      const problem = drawCluster(seed, { ...shape, withMoves: seed % 2 === 0 })
      const plan = await planRebalance(problem, { deadlineMs: 60_000 })
      const check = verifyRebalance(kept(problem), kept(plan))
      expect(check, JSON.stringify(check)).toMatchObject({ valid: true })
      if (plan.proof === 'prices') expect(check).toMatchObject({ proven: plan.gap === 0 })
    },
  )

  test('never confirms a figure or a bound of a changed plan that is not so', async () => {
    const cases = await Promise.all(
      seeds(10, 7100).map(async (seed) => {
        const problem = drawCluster(seed, { withMoves: seed % 2 === 0 })
        return { problem, plan: await planRebalance(problem), best: naiveRebalance(problem) }
      }),
    )
    const arbitrary = fc
      .constantFrom(...cases)
      .chain(({ problem, plan, best }) =>
        tampered(plan).map((changed) => ({ problem, changed: changed as RebalancePlan, best })),
      )
    fc.assert(
      fc.property(arbitrary, ({ problem, changed, best }) => {
        const check = verifyRebalance(problem, changed)
        if (!check.valid) {
          expect(check.reason).not.toBe('')
          return
        }
        const values = changed.objective.map(({ value }) => value)
        if (check.proven) expect(values).toEqual(best)
        if (changed.proof !== 'prices') return
        for (const [index, { lowerBound, value }] of changed.objective.entries()) {
          expect(lowerBound).toBeLessThanOrEqual(best[index] ?? 0)
          if (value > (best[index] ?? 0)) break
        }
      }),
      { numRuns: 2000 },
    )
  })
})
