import { describe, expect, test } from 'vitest'
import { planRebalance } from '../../../../lib/kubernetes/rebalance/plan-rebalance.js'
import { verifyRebalance } from '../../../../lib/kubernetes/rebalance/verify/verify-rebalance.js'
import type {
  NodeTaint,
  RebalanceInstance,
  RebalanceNode,
  RebalancePod,
} from '../../../../types/kubernetes/rebalance.js'
import { rejectionOf } from '../../../support/errors.js'

const model = 'A100-SXM4-40GB'

function small(start: number, heldBy?: string): RebalanceInstance {
  const placement = { start, size: 1 }
  return { profileId: 19, placement, ...(heldBy === undefined ? {} : { heldBy }) }
}

function nodeWith(
  layout: readonly RebalanceInstance[],
  more: Partial<RebalanceNode> = {},
): RebalanceNode {
  return { name: 'node-1', gpus: [{ id: 'gpu-1', model, layout }], ...more }
}

const train: RebalancePod = { id: 'team/train', devices: { '3g.20gb': 1 } }
const oneInUse = [small(0, 'team/serve'), ...[1, 2, 3, 4, 5, 6].map((start) => small(start))]
const sizesOf = (list: readonly { size: string; placement: { start: number } }[] = []) =>
  list.map(({ size, placement }) => `${size} at ${placement.start}`)

describe('a pod that fits nowhere', () => {
  test('gets the place of the fewest idle instances, and the instance with a pod stays', async () => {
    const plan = await planRebalance({ nodes: [nodeWith(oneInUse)], pods: [train] })
    const [change] = plan.changes[0]?.gpus ?? []
    expect(sizesOf(change?.destroyed)).toEqual(['1g.5gb at 4', '1g.5gb at 5', '1g.5gb at 6'])
    expect(sizesOf(change?.created)).toEqual(['3g.20gb at 4'])
    expect(plan.admitted).toEqual([{ pod: 'team/train', node: 'node-1', afterChange: true }])
    expect(plan.gap).toBe(0)
  })

  test('gets nothing of a node whose layout is fixed', async () => {
    const fixed = nodeWith(oneInUse, { fixed: 'a person chose it' })
    const plan = await planRebalance({ nodes: [fixed], pods: [train] })
    expect(plan.changes).toEqual([])
    expect(plan.waiting).toEqual([{ pod: 'team/train', reason: 'no-room' }])
  })

  test('that no node could ever serve waits with another reason', async () => {
    const pods = [{ id: 'team/huge', devices: { '7g.40gb': 2 } }]
    const plan = await planRebalance({ nodes: [nodeWith([])], pods })
    expect(plan.waiting).toEqual([{ pod: 'team/huge', reason: 'no-node' }])
  })
})

test('a pod for which an instance is idle changes nothing', async () => {
  const pods = [{ id: 'team/tiny', devices: { '1g.5gb': 1 } }]
  const plan = await planRebalance({ nodes: [nodeWith(oneInUse)], pods })
  expect(plan.changes).toEqual([])
  expect(plan.admitted).toEqual([{ pod: 'team/tiny', node: 'node-1', afterChange: false }])
})

test('of two pods for one place, the one of higher priority gets it', async () => {
  const held = [small(0, 'team/a'), small(1, 'team/b'), small(2, 'team/c')]
  const pods = [train, { ...train, id: 'team/urgent', priority: 1000 }]
  const plan = await planRebalance({ nodes: [nodeWith(held)], pods })
  expect(plan.admitted.map(({ pod }) => pod)).toEqual(['team/urgent'])
})

test('MIG goes off for a pod that wants a whole GPU, first where that takes no reset', async () => {
  const gpu = (id: string, modeChange: 'free' | 'reset') => ({ id, model, modeChange, layout: [] })
  const nodes = [
    { name: 'ampere', gpus: [gpu('a', 'reset')] },
    { name: 'hopper', gpus: [gpu('b', 'free')] },
  ]
  const plan = await planRebalance({ nodes, pods: [{ id: 'team/whole', devices: { gpu: 1 } }] })
  expect(plan.changes.map(({ node, gpus }) => [node, gpus[0]?.mode])).toEqual([['hopper', 'off']])
})

test('a pod that wants a whole GPU gets one with MIG off before the MIG mode of any GPU changes', async () => {
  const gpu = (id: string, migEnabled: boolean) => ({
    id,
    model,
    modeChange: 'free' as const,
    migEnabled,
    layout: [],
  })
  const nodes = [
    { name: 'divided', gpus: [gpu('a', true)] },
    { name: 'whole', gpus: [gpu('b', false)] },
  ]
  const plan = await planRebalance({ nodes, pods: [{ id: 'team/whole', devices: { gpu: 1 } }] })
  expect(plan.changes).toEqual([])
  expect(plan.admitted).toEqual([{ pod: 'team/whole', node: 'whole', afterChange: false }])
})

test('a reserve makes idle devices after the pods have theirs', async () => {
  const reserves = [{ size: '1g.5gb', count: 2 }]
  const plan = await planRebalance({ nodes: [nodeWith([])], pods: [train], reserves })
  expect(sizesOf(plan.changes[0]?.gpus[0]?.created).map((each) => each.split(' ')[0])).toEqual(
    expect.arrayContaining(['3g.20gb', '1g.5gb', '1g.5gb']),
  )
})

describe('a pod that may move', () => {
  const held = [small(0), small(3, 'team/serve')]
  const halves = [0, 4].map((start) => ({
    profileId: 9,
    placement: { start, size: 4 },
    heldBy: `team/big-${start}`,
  }))
  const nodes = [
    nodeWith([...held, { profileId: 9, placement: { start: 4, size: 4 }, heldBy: 'team/other' }]),
    { name: 'node-2', gpus: [{ id: 'gpu-2', model, layout: [...halves.slice(0, 1), small(4)] }] },
  ]
  const pods = [{ id: 'team/wide', devices: { '4g.20gb': 1 } }]
  const movable = [{ id: 'team/serve', devices: { '1g.5gb': 1 }, budgets: ['serve'] }]

  test('makes room for another one', async () => {
    const plan = await planRebalance({ nodes, pods, movable, budgets: { serve: 1 } })
    expect(plan.moves).toEqual([
      { pod: 'team/serve', from: 'node-1', to: 'node-2', live: true, after: [] },
    ])
    expect(plan.admitted.map(({ node }) => node)).toEqual(['node-1'])
  })

  test.each([
    ['allows no eviction', { serve: 0 }],
    ['is not known', {}],
  ])('stays where its budget %s', async (_what, budgets) => {
    const plan = await planRebalance({ nodes, pods, movable, budgets })
    expect(plan.moves).toEqual([])
    expect(plan.waiting.map(({ pod }) => pod)).toEqual(['team/wide'])
  })
})

describe('where a pod that moves runs again', () => {
  const pods = [{ id: 'team/wide', devices: { '4g.20gb': 1 } }]
  const movable = [{ id: 'team/serve', devices: { '1g.5gb': 1 } }]
  const half = (start: number, heldBy: string): RebalanceInstance => ({
    profileId: 9,
    placement: { start, size: 4 },
    heldBy,
  })
  const crowded = nodeWith([small(3, 'team/serve'), half(4, 'team/other')])
  const full = (id: string, layout: readonly RebalanceInstance[]): RebalanceNode => ({
    name: `node-of-${id}`,
    gpus: [{ id, model, layout }],
  })

  test('is on an instance that another GPU can make first, and the move says which GPU', async () => {
    const spare = full('gpu-2', [half(0, 'team/b')])
    const { moves } = await planRebalance({ nodes: [crowded, spare], pods, movable })
    expect(moves).toEqual([
      { pod: 'team/serve', from: 'node-1', to: 'node-of-gpu-2', live: true, after: ['gpu-2'] },
    ])
  })

  test('is on an idle instance, and the pod that gets the one it leaves has to wait for that', async () => {
    const labels = { zone: 'west' }
    const others = [1, 2, 3].map((start) => small(start, `team/run-${start}`))
    const crowd = [small(0, 'team/serve'), ...others, half(4, 'team/other')]
    const spare = full('gpu-2', [small(0), half(4, 'team/b')])
    const bound = [{ id: 'team/west', devices: { '1g.5gb': 1 }, nodeSelector: labels }]
    const problem = { nodes: [nodeWith(crowd, { labels }), spare], pods: bound, movable }
    const plan = await planRebalance(problem)
    expect(plan.moves).toMatchObject([{ pod: 'team/serve', to: 'node-of-gpu-2', live: true }])
    expect(plan.admitted).toEqual([{ pod: 'team/west', node: 'node-1', afterChange: true }])
    expect(verifyRebalance(problem, plan)).toMatchObject({ valid: true })

    // The agent evicts only for what goes.
    const carried = { ...problem, moveFrom: 'destroyed' } as const
    expect(verifyRebalance(carried, plan)).toMatchObject({
      valid: false,
      reason: expect.stringMatching(/moves away from an instance that stays on GPU gpu-1/),
    })
    const kept = await planRebalance(carried)
    expect(kept).toMatchObject({ moves: [], changes: [], waiting: [{ pod: 'team/west' }] })
  })

  test('is on the GPU that it leaves, which changes only then, so the move is not live', async () => {
    const nodes = [
      nodeWith([small(0, 'team/serve'), small(2, 'team/other'), half(4, 'team/third')]),
    ]
    const two = [{ id: 'team/two', devices: { '2g.10gb': 1 } }]
    const { moves, admitted } = await planRebalance({ nodes, pods: two, movable })
    expect(admitted.map(({ pod }) => pod)).toEqual(['team/two'])
    expect(moves).toEqual([
      { pod: 'team/serve', from: 'node-1', to: 'node-1', live: false, after: ['gpu-1'] },
    ])
  })

  test('leaves a GPU together with another one, and both come back to what it is then', async () => {
    const nodes = [nodeWith([small(0, 'team/serve'), small(1, 'team/other')])]
    const pods = [{ id: 'team/wide', devices: { '4g.20gb': 1 } }]
    const both = ['team/serve', 'team/other'].map((id) => ({ id, devices: { '1g.5gb': 1 } }))
    const { moves, admitted } = await planRebalance({ nodes, pods, movable: both })
    expect(admitted.map(({ pod }) => pod)).toEqual(['team/wide'])
    // Neither has a device before both have left.
    const there = { from: 'node-1', to: 'node-1', live: false, after: ['gpu-1'] }
    expect(moves.toSorted((a, b) => a.pod.localeCompare(b.pod))).toEqual([
      { pod: 'team/other', ...there },
      { pod: 'team/serve', ...there },
    ])
  })
})

test.each<[string, Partial<RebalancePod>, string]>([
  ['two devices', { devices: { '1g.5gb': 2 } }, 'movable[0].devices is not one device'],
  ['another size than it holds', { devices: { '2g.10gb': 1 } }, 'movable[0].devices is not what'],
])('a movable pod with %s is an error that names it', async (_what, part, text) => {
  const movable = [{ id: 'team/serve', devices: { '1g.5gb': 1 }, ...part }]
  const error = await rejectionOf(planRebalance({ nodes: [nodeWith(oneInUse)], pods: [], movable }))
  expect(error).toMatchObject({ code: 'MIG_FLEET_INVALID' })
  expect(String(error)).toContain(text)
})

test('a movable pod that holds two instances is an error that names it', async () => {
  const movable = [{ id: 'team/serve', devices: { '1g.5gb': 1 } }]
  const nodes = [nodeWith([small(0, 'team/serve'), small(1, 'team/serve')])]
  const error = await rejectionOf(planRebalance({ nodes, pods: [], movable }))
  expect(String(error)).toContain('movable[0] holds 2 instances')
})

describe('a pod goes only where the scheduler lets it', () => {
  const taint: NodeTaint = { key: 'team', value: 'a', effect: 'NoSchedule' }
  const labels = { zone: 'west', slots: '8' }
  const zoneIn = (...values: string[]) => [
    { matchExpressions: [{ key: 'zone', operator: 'In', values }] },
  ]

  test.each<[string, Partial<RebalanceNode>, Partial<RebalancePod>, boolean]>([
    ['a taint', { taints: [taint] }, {}, false],
    [
      'a taint that it tolerates',
      { taints: [taint] },
      { tolerations: [{ key: 'team', value: 'a' }] },
      true,
    ],
    [
      'a taint with another value',
      { taints: [taint] },
      { tolerations: [{ key: 'team', value: 'b' }] },
      false,
    ],
    [
      'a taint, with a toleration of everything',
      { taints: [taint] },
      { tolerations: [{ operator: 'Exists' }] },
      true,
    ],
    ['a preference against it', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }, {}, true],
    ['a cordon', { unschedulable: true }, {}, false],
    ['its label', { labels }, { nodeSelector: { zone: 'west' } }, true],
    ['another label', { labels }, { nodeSelector: { zone: 'east' } }, false],
    ['an affinity to it', { labels }, { nodeTerms: zoneIn('west', 'north') }, true],
    ['an affinity to others', { labels }, { nodeTerms: zoneIn('east') }, false],
    [
      'more slots than it wants',
      { labels },
      { nodeTerms: [{ matchExpressions: [{ key: 'slots', operator: 'Gt', values: ['4'] }] }] },
      true,
    ],
    ['an affinity without terms', { labels }, { nodeTerms: [] }, false],
  ])('a node with %s', async (_what, node, pod, enters) => {
    const plan = await planRebalance({ nodes: [nodeWith([], node)], pods: [{ ...train, ...pod }] })
    expect(plan.admitted.length).toBe(Number(enters))
  })
})

test('an impossible layout is an error that names it', async () => {
  const error = await rejectionOf(
    planRebalance({ nodes: [nodeWith([small(0), small(0)])], pods: [] }),
  )
  expect(error).toMatchObject({ code: 'MIG_FLEET_INVALID' })
  expect(String(error)).toContain('nodes[0].gpus[0].layout')
})
