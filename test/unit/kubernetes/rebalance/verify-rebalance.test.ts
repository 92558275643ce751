import { describe, expect, test } from 'vitest'
import { planRebalance, verifyRebalance } from '../../../../lib/kubernetes.js'
import type {
  RebalanceInstance,
  RebalancePlan,
  RebalanceProblem,
} from '../../../../types/kubernetes/rebalance.js'
import { migErrorOf } from '../../../support/errors.js'

const model = 'A100-SXM4-40GB'

function small(start: number, heldBy?: string): RebalanceInstance {
  const placement = { start, size: 1 }
  return { profileId: 19, placement, ...(heldBy === undefined ? {} : { heldBy }) }
}

function half(start: number, heldBy: string): RebalanceInstance {
  return { profileId: 9, placement: { start, size: 4 }, heldBy }
}

/** The pod in the way on the first node moves to the second one, for a pod that fits nowhere else. */
const problem: RebalanceProblem = {
  nodes: [
    {
      name: 'node-1',
      gpus: [{ id: 'gpu-1', model, layout: [small(0), small(3, 'team/serve'), half(4, 'team/a')] }],
    },
    { name: 'node-2', gpus: [{ id: 'gpu-2', model, layout: [half(0, 'team/b'), small(4)] }] },
  ],
  pods: [
    { id: 'team/wide', devices: { '4g.20gb': 1 } },
    { id: 'team/huge', devices: { '7g.40gb': 1 } },
  ],
  movable: [{ id: 'team/serve', devices: { '1g.5gb': 1 }, budgets: ['serve'] }],
  budgets: { serve: 1 },
}
const plan = await planRebalance(problem)
const [change] = plan.changes
const [gpu] = change?.gpus ?? []
const [move] = plan.moves
if (change === undefined || gpu === undefined || move === undefined) throw new Error('no change')

const withGpu = (part: Partial<typeof gpu>): Partial<RebalancePlan> => ({
  changes: [{ ...change, gpus: [{ ...gpu, ...part }] }],
})
const withFigure = (name: string, part: object): Partial<RebalancePlan> => ({
  objective: plan.objective.map((each) => (each.name === name ? { ...each, ...part } : each)),
})
const at = (start: number) => ({ profileId: 19, size: '1g.5gb', placement: { start, size: 1 } })

describe('verifyRebalance', () => {
  test('confirms a plan with a move and says that its prices prove it', () => {
    expect(plan.admitted.map(({ pod }) => pod)).toEqual(['team/wide'])
    expect(verifyRebalance(problem, plan)).toEqual({ valid: true, proven: true })
  })

  test.each<[string, Partial<RebalancePlan>, string]>([
    [
      'a change that destroys an instance in use',
      withGpu({
        destroyed: [{ ...at(4), profileId: 9, size: '3g.20gb', placement: { start: 4, size: 4 } }],
      }),
      'GPU gpu-1 destroys an instance in use',
    ],
    [
      'a change that destroys what is not there',
      withGpu({ destroyed: [at(1)] }),
      'GPU gpu-1 destroys an instance that is not there',
    ],
    [
      'a change that creates something where an instance stays',
      withGpu({ created: [...gpu.created, at(2)] }),
      'GPU gpu-1 creates an instance where there is no room',
    ],
    [
      'a layout that is not what follows',
      withGpu({ layout: [] }),
      'layout is not what follows from the plan',
    ],
    [
      'a change of the MIG mode of a GPU that may not change it',
      withGpu({ mode: 'off' }),
      'GPU gpu-1 may not change its MIG mode',
    ],
    ['no change, while its pods are admitted', { changes: [] }, 'node node-1 has too few devices'],
    [
      'a pod that nobody has',
      { admitted: [...plan.admitted, { pod: 'x/y', node: 'node-1', afterChange: true }] },
      'admitted[1].pod is no pod that may be there',
    ],
    [
      'a pod with two places',
      { admitted: [...plan.admitted, ...plan.admitted] },
      'a pod has two places',
    ],
    [
      'a pod that waits for a wrong reason',
      { waiting: [{ pod: 'team/huge', reason: 'no-node' }] },
      'waiting is not what follows from the plan',
    ],
    [
      'a pod that could start now, but has no device yet',
      { admitted: plan.admitted.map((each) => ({ ...each, afterChange: false })) },
      'admitted[0] has no device before a change',
    ],
    [
      'a pod that moves though it may not',
      { moves: [{ ...move, pod: 'team/a' }] },
      'GPU gpu-1 destroys an instance in use',
    ],
    [
      'a pod that moves from where it is not',
      { moves: [{ ...move, from: 'node-2' }] },
      'moves[0].from is not where the pod is',
    ],
    [
      'a live move to a device that is not there yet',
      { moves: [{ ...move, to: 'node-1' }] },
      'node node-1 has too few devices',
    ],
    [
      'a move that does not say whether it is live',
      { moves: [{ ...move, live: undefined as never }] },
      'moves[0] has no live and after',
    ],
    [
      'a move that does not say what it comes after',
      { moves: [{ ...move, after: undefined as never }] },
      'moves[0] has no live and after',
    ],
    [
      'a live move after a change that has to wait for it',
      { moves: [{ ...move, after: ['gpu-1'] }] },
      'moves[0].after has a GPU that cannot change before',
    ],
    [
      'a count that is too small',
      withFigure('destroyed', { value: 0 }),
      'objective is not what follows from the plan',
    ],
    [
      'a bound above the value',
      withFigure('evictions', { lowerBound: 2 }),
      'objective[2].lowerBound is above value',
    ],
    ['a bound without prices', { certificate: [] }, 'the certificate proves waiting of 0, not 1'],
    ['a gap that is not that of the bounds', { gap: 0.5 }, 'gap is not what follows from the plan'],
    ['no list where one has to be', { moves: 7 as never }, 'moves is no list of objects'],
  ])('refuses %s', (_what, part, reason) => {
    expect(verifyRebalance(problem, { ...plan, ...part })).toEqual({ valid: false, reason })
  })

  test('refuses a plan that takes more than a budget allows', () => {
    const tight = { ...problem, budgets: { serve: 0 } }
    expect(verifyRebalance(tight, plan)).toMatchObject({ valid: false })
  })

  test('refuses a plan that changes more nodes than the question allows', () => {
    const reason = 'more nodes change than may'
    expect(verifyRebalance(problem, plan, { maxNodes: 0 })).toEqual({ valid: false, reason })
  })

  test('confirms a plan of which HiGHS has said a bound, but does not call it proven', () => {
    const said: RebalancePlan = { ...plan, proof: 'milp', certificate: [] }
    expect(verifyRebalance(problem, said)).toEqual({ valid: true, proven: false })
  })

  test('throws for a question that makes no sense', () => {
    const twice = { ...problem, pods: [...problem.pods, ...problem.pods] }
    expect(migErrorOf(() => verifyRebalance(twice, plan)).code).toBe('MIG_FLEET_INVALID')
  })
})
