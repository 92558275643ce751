import { afterEach, describe, expect, test, vi } from 'vitest'
import { planRebalance, verifyRebalance } from '../../../../lib/kubernetes.js'
import { drawCluster } from '../../../property/kubernetes/drawn-cluster.js'

const problem = drawCluster(1, {
  nodes: 40,
  models: ['a100-40gb', 'h100-80gb-sxm'],
  withMoves: true,
})
const many = {
  ...problem,
  pods: Array.from({ length: 60 }, (_, index) => ({
    id: `team/wait-${index}`,
    devices: { [['1g.5gb', '3g.20gb', '2g.10gb', '7g.40gb'][index % 4] ?? '']: 1 },
  })),
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the limits of a plan for many nodes', () => {
  test.each([0, 20, 100, 400])(
    'the search ends within a tenth and 50 ms after its deadline, on a clock on which each look takes a millisecond (%i ms)',
    async (deadlineMs) => {
      let now = 0
      vi.spyOn(performance, 'now').mockImplementation(() => {
        now += 1
        return now
      })
      const plan = await planRebalance(many, { deadlineMs, solver: 'own' })
      const took = now
      expect(took).toBeLessThanOrEqual(deadlineMs * 1.1 + 50)
      expect(verifyRebalance(many, plan)).toMatchObject({ valid: true })
    },
  )

  test.each([0, 1, 3])(
    'no more than %i nodes change, and fewer of them let fewer pods in',
    async (maxNodes) => {
      const plan = await planRebalance(many, { maxNodes, solver: 'own', deadlineMs: 60_000 })
      expect(plan.changes.length).toBeLessThanOrEqual(maxNodes)
      expect(verifyRebalance(many, plan, { maxNodes })).toMatchObject({ valid: true })
      const free = await planRebalance(many, { solver: 'own', deadlineMs: 60_000 })
      expect(free.changes.length).toBeGreaterThan(3)
      expect(plan.admitted.length).toBeLessThanOrEqual(free.admitted.length)
    },
  )

  test('no budget is exceeded by the moves of many nodes', async () => {
    const plan = await planRebalance(many, { solver: 'own', deadlineMs: 60_000 })
    const tight = plan.moves.filter(({ pod }) =>
      many.movable?.find(({ id }) => id === pod)?.budgets?.includes('tight'),
    )
    expect(plan.moves.length).toBeGreaterThan(0)
    expect(tight.length).toBeLessThanOrEqual(1)
  })

  test('a signal that is aborted ends the search with its reason', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(planRebalance(many, { signal })).rejects.toThrow('enough')
  })
})
