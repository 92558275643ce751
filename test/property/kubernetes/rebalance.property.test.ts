import { describe, expect, test } from 'vitest'
import { planRebalance } from '../../../lib/kubernetes/rebalance/plan-rebalance.js'
import { verifyRebalance } from '../../../lib/kubernetes/rebalance/verify/verify-rebalance.js'
import { checkLayout } from '../../../lib/solver/layout/check-layout.js'
import type { RebalancePlan, RebalanceProblem } from '../../../types/kubernetes/rebalance.js'
import { applyLayouts, applyPlan } from '../../support/apply-rebalance.js'
import { naiveGpus } from '../../support/naive-gpu.js'
import { naiveRebalance } from '../../support/naive-rebalance.js'
import { drawCluster } from './drawn-cluster.js'

const seeds = (count: number, first = 0): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index)
const patient = { deadlineMs: 60_000 }
const valuesOf = ({ objective }: RebalancePlan): readonly number[] =>
  objective.map(({ value }) => value)

describe('a plan for a small cluster', () => {
  test.each(seeds(50))(
    'is the best of all layouts and all places of pods, in the order of its figures (seed %i)',
    async (seed) => {
      const problem = drawCluster(seed)
      const plan = await planRebalance(problem, patient)
      expect(valuesOf(plan)).toEqual(naiveRebalance(problem))
      expect(plan.gap).toBe(0)
    },
  )

  test.each(seeds(3, 1004))(
    'is the best one for GPUs of eight memory units (seed %i)',
    async (seed) => {
      const problem = drawCluster(seed, { models: ['a100-40gb'] })
      const plan = await planRebalance(problem, patient)
      expect(valuesOf(plan)).toEqual(naiveRebalance(problem))
      expect(plan.gap).toBe(0)
    },
  )

  test.each(seeds(20, 2013))(
    'is the best one where pods may move within their budgets (seed %i)',
    async (seed) => {
      const problem = drawCluster(seed, { withMoves: true })
      const plan = await planRebalance(problem, patient)
      expect(valuesOf(plan)).toEqual(naiveRebalance(problem))
      expect(plan.gap).toBe(0)
    },
  )

  test.each(seeds(20, 2113))(
    'is the best one where pods move only away from what is destroyed (seed %i)',
    async (seed) => {
      const problem = { ...drawCluster(seed, { withMoves: true }), moveFrom: 'destroyed' } as const
      const plan = await planRebalance(problem, patient)
      expect(valuesOf(plan)).toEqual(naiveRebalance(problem))
      expect(plan.gap).toBe(0)
      expect(verifyRebalance(problem, plan)).toMatchObject({ valid: true })
    },
  )

  test.each(seeds(20, 8000))(
    'is the best one where pods want whole GPUs and the MIG mode may change (seed %i)',
    async (seed) => {
      const drawn = drawCluster(seed)
      const pods = drawn.pods.map((pod, index) => {
        return index % 2 === 0 ? { ...pod, devices: { gpu: 1 } } : pod
      })
      const nodes = drawn.nodes.map((node) => ({
        ...node,
        gpus: node.gpus.map((gpu, index) => ({
          ...gpu,
          modeChange: (seed + index) % 2 === 0 ? ('free' as const) : ('reset' as const),
        })),
      }))
      const problem = { ...drawn, nodes, pods }
      const plan = await planRebalance(problem, patient)
      expect(valuesOf(plan)).toEqual(naiveRebalance(problem))
      expect(verifyRebalance(problem, plan)).toMatchObject({ valid: true })
    },
  )

  test.each(seeds(20, 3000))(
    'never claims a bound above the best plan, also without HiGHS (seed %i)',
    async (seed) => {
      const problem = drawCluster(seed, { withMoves: seed % 2 === 0 })
      const { objective } = await planRebalance(problem, { ...patient, solver: 'own' })
      const best = naiveRebalance(problem)
      for (const [index, { value, lowerBound }] of objective.entries()) {
        expect(lowerBound).toBeLessThanOrEqual(best[index] ?? 0)
        if (value > (best[index] ?? 0)) break
      }
    },
  )
})

describe('a plan for any cluster', () => {
  const shapes = [
    { nodes: 3, models: ['a30-24gb', 'a100-40gb'] },
    { nodes: 20, models: ['a100-40gb', 'h100-80gb-sxm'] },
  ]
  const cases = seeds(16, 5000).map((seed) => ({ seed, shape: seed % 2 }))

  test.each(cases)(
    'keeps every held instance, and each GPU has a legal layout afterwards (seed $seed)',
    async ({ seed, shape }) => {
      const problem = drawCluster(seed, shapes[shape])
      const plan = await planRebalance(problem)
      const after = applyPlan(problem, plan)
      expect(missingHolders(problem, after)).toEqual([])
      for (const { layout = [], model } of after.nodes.flatMap(({ gpus }) => gpus)) {
        const geometry = naiveGpus.find(({ key }) => key === model)?.geometry
        const instances = layout.map(({ profileId, placement }) => ({
          profileId,
          placement,
          computeInstances: [],
        }))
        if (geometry !== undefined) expect(checkLayout(geometry, instances)).toEqual([])
      }
    },
  )

  test.each(cases)(
    'of an unchanged demand comes to an end: soon no change is planned any more (seed $seed)',
    async ({ seed, shape }) => {
      let problem = drawCluster(seed, shapes[shape])
      let plan = await planRebalance(problem)
      for (let round = 0; round < 3 && plan.changes.length > 0; round += 1) {
        problem = applyLayouts(problem, plan)
        const next = await planRebalance(problem)
        expect(next.admitted.length).toBeGreaterThanOrEqual(plan.admitted.length)
        plan = next
      }
      expect(plan.changes).toEqual([])
    },
  )

  test.each(cases.filter(({ shape }) => shape === 0))(
    'of a few nodes is final: asked again after its layouts are there, nothing changes (seed $seed)',
    async ({ seed, shape }) => {
      const problem = drawCluster(seed, shapes[shape])
      const plan = await planRebalance(problem)
      const again = await planRebalance(applyLayouts(problem, plan))
      expect(again.changes).toEqual([])
      expect(again.admitted.length).toBe(plan.admitted.length)
    },
  )
})

describe('a plan for many nodes', () => {
  const own = { ...patient, solver: 'own' } as const
  test.each(seeds(2, 9000))(
    'of an unchanged demand comes to an end: each further change lets more in, and soon there is none (200 nodes, seed %i)',
    async (seed) => {
      let problem = drawMany(seed, 200, ['a30-24gb', 'a100-40gb'])
      let plan = await planRebalance(problem, own)
      expect(plan.changes.length).toBeGreaterThan(0)
      for (let round = 0; round < 3 && plan.changes.length > 0; round += 1) {
        problem = applyLayouts(problem, plan)
        const next = await planRebalance(problem, own)
        const isLess = compareValues(unmetBy(next), unmetBy(plan)) < 0
        expect(isLess || next.changes.length === 0).toBe(true)
        plan = next
      }
      expect(plan.changes).toEqual([])
    },
    300_000,
  )
})

/** What of the demand is not met, the most important first. */
function unmetBy({ objective }: RebalancePlan): readonly number[] {
  return objective
    .filter(({ name }) => name === 'waiting' || name === 'reserves')
    .map(({ value }) => value)
}

function compareValues(one: readonly number[], other: readonly number[]): number {
  return one.map((value, at) => value - (other[at] ?? 0)).find((each) => each !== 0) ?? 0
}

function drawMany(seed: number, nodes: number, models: string[]): RebalanceProblem {
  const pods = seeds(40, seed).flatMap((other) =>
    drawCluster(other, { models }).pods.map((pod) => ({ ...pod, id: `${pod.id}-${other}` })),
  )
  return { ...drawCluster(seed, { nodes, models }), pods }
}

/** Pods that held something before, and hold less now. */
function missingHolders(before: RebalanceProblem, after: RebalanceProblem): readonly string[] {
  const count = ({ nodes }: RebalanceProblem): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>()
    for (const { heldBy, layout = [] } of nodes.flatMap(({ gpus }) => gpus)) {
      for (const pod of [heldBy, ...layout.map((each) => each.heldBy)])
        if (pod !== undefined) counts.set(pod, (counts.get(pod) ?? 0) + 1)
    }
    return counts
  }
  const now = count(after)
  return [...count(before)].flatMap(([pod, held]) => ((now.get(pod) ?? 0) < held ? [pod] : []))
}
