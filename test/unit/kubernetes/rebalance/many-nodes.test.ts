import { describe, expect, test } from 'vitest'
import { drawCluster } from '../../../../benchmarks/rebalance/draw-cluster.js'
import { planRebalance, verifyRebalance } from '../../../../lib/kubernetes.js'
import type {
  RebalanceInstance,
  RebalanceNode,
  RebalancePlan,
  RebalanceProblem,
} from '../../../../types/kubernetes/rebalance.js'

const model = 'A100-SXM4-40GB'
const own = { solver: 'own', deadlineMs: 60_000 } as const
const held = (profileId: number, start: number, size: number): RebalanceInstance => ({
  profileId,
  placement: { start, size },
  heldBy: `team/run-${profileId}-${start}`,
})
const full = [held(0, 0, 8)]
const half = [held(9, 0, 4)]
const node = (name: string, layouts: readonly RebalanceInstance[][]): RebalanceNode => ({
  name,
  gpus: layouts.map((layout, index) => ({
    id: `${name}/${index}`,
    model,
    layout: layout.map((each) => ({ ...each, heldBy: `${each.heldBy}-${name}-${index}` })),
  })),
})
const named = (count: number, prefix: string, layouts: readonly RebalanceInstance[][]) =>
  Array.from({ length: count }, (_, index) => node(`${prefix}-${index}`, layouts))
const pods = (count: number, size: string): RebalanceProblem['pods'] =>
  Array.from({ length: count }, (_, index) => ({
    id: `team/${size}-${index}`,
    devices: { [size]: 1 },
  }))
const figure = ({ objective }: RebalancePlan, wanted: string) =>
  objective.find(({ name }) => name === wanted)

describe('a plan for more nodes than are solved one by one', () => {
  test('is proven to change the fewest nodes, though another node has more GPUs of the same kind', async () => {
    const problem = {
      nodes: [node('two', [[], []]), ...named(30, 'one', [[], full])],
      pods: pods(10, '7g.40gb'),
    }
    const plan = await planRebalance(problem, own)
    expect(figure(plan, 'nodes')).toEqual({ name: 'nodes', value: 9, lowerBound: 9 })
    expect(verifyRebalance(problem, plan)).toMatchObject({ valid: true })
  })

  test('is proven to leave the most room', async () => {
    const problem = { nodes: named(30, 'half', [half]), pods: pods(5, '3g.20gb') }
    const plan = await planRebalance(problem, own)
    // The mix counts five of this size, and five halves are no longer free.
    expect(figure(plan, 'lostRoom')).toEqual({ name: 'lostRoom', value: 25, lowerBound: 25 })
    expect(plan.gap).toBe(0)
    expect(verifyRebalance(problem, plan)).toEqual({ valid: true, proven: true })
  })

  test('has a bound of the room also where the fewest nodes are not proven', async () => {
    const problem = {
      nodes: [
        ...named(7, 'a', [half, [...half, held(19, 4, 1)]]),
        ...named(7, 'b', [half, half, full]),
        ...named(7, 'c', [[], full, [held(19, 6, 1)]]),
      ],
      pods: [...pods(9, '3g.20gb'), ...pods(5, '2g.10gb'), ...pods(4, '7g.40gb')],
    }
    const plan = await planRebalance(problem, own)
    const { value = 0, lowerBound = 0 } = figure(plan, 'lostRoom') ?? {}
    expect(lowerBound).toBeGreaterThan(value / 2)
    expect(verifyRebalance(problem, plan)).toMatchObject({ valid: true })
  })

  test('changes no more nodes than it has to in a cluster whose GPUs are divided as pods came', async () => {
    const shape = { nodeCount: 40, podCount: 40, busy: 0.95, grown: true }
    const problem = drawCluster({ ...shape, seed: 2 })
    const plan = await planRebalance(problem, own)
    const { value, lowerBound } = figure(plan, 'nodes') ?? {}
    expect(value).toBeGreaterThan(0)
    expect(value).toBe(lowerBound)
    expect(verifyRebalance(problem, plan)).toMatchObject({ valid: true })
  })

  test('changes nothing where all pods find their devices only if each goes to the right node', async () => {
    const idle = (profileId: number, start: number, size: number) => ({
      profileId,
      placement: { start, size },
    })
    const shared = [held(9, 4, 4), idle(14, 2, 2), idle(19, 0, 1)]
    const withIdle = (name: string, layout: readonly RebalanceInstance[]): RebalanceNode => ({
      name,
      gpus: [{ id: name, model, layout }],
    })
    const problem = {
      nodes: [
        withIdle('two', [...shared, idle(19, 1, 1)]),
        withIdle('one', [...shared, held(19, 1, 1)]),
        withIdle('empty', []),
        ...named(12, 'full', [full]),
      ],
      pods: [
        { id: 'team/mixed', devices: { '1g.5gb': 1, '2g.10gb': 1 } },
        { id: 'team/pair', devices: { '1g.5gb': 2 } },
      ],
    }
    const plan = await planRebalance(problem, own)
    expect(plan.admitted).toEqual([
      { pod: 'team/mixed', node: 'one', afterChange: false },
      { pod: 'team/pair', node: 'two', afterChange: false },
    ])
    expect(plan.changes).toEqual([])
  })
})
