import { expect, test } from 'vitest'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { layoutNode } from '../../support/layout-nodes.js'
import { changingNode, createWatched, train } from '../../support/watched-rebalance.js'

// A rebalancer beside nodes without agents: what it does at which time. The clock passes only in its pauses.

test('a rebalancer looks every two seconds at a node that is being changed, and writes to it only when something follows', async () => {
  const watched = createWatched(changingNode({ isMade: false }))
  watched.cluster.put('pods', train())
  expect(await watched.run()).toBe(1)
  // Its agent never begins: ten seconds for the change, and ten for the way back.
  expect(watched.steps).toEqual(['wait', 'return', 'wait', 'settle'])
  const perTwoSeconds = (from: number, to: number): readonly number[] =>
    Array.from({ length: (to - from) / 2 + 1 }, (_, index) => from + 2 * index)
  const nodeReads = watched
    .secondsOf('get')
    .filter((second, index, all) => second !== all[index - 1])
  expect(nodeReads).toEqual(perTwoSeconds(2, 20))
  expect(watched.secondsOf('patch')).toEqual([10, 20])
})

test.each([
  ['every minute', 60_000, [2, 4, 6, 8]],
  ['every second', 1000, [1, 2, 3, 4, 5, 6, 7, 8]],
])(
  'a rebalancer that looks at the cluster %s looks at a node that is being changed as often, or every two seconds',
  async (_often, everyMs, seconds) => {
    const watched = createWatched(changingNode({ isMade: false }))
    await expect(watched.run({ everyMs }, 8)).rejects.toThrow('the test is over')
    const nodeReads = watched.secondsOf('get')
    expect([...new Set(nodeReads)]).toEqual(seconds)
  },
)

test('a rebalancer that goes on looks at the cluster as often as it says, and renews its Lease every 20 seconds', async () => {
  const watched = createWatched(layoutNode())
  await expect(watched.run({ everyMs: 45_000 }, 100)).rejects.toThrow('the test is over')
  expect(watched.looks).toEqual([0, 45, 90])
  expect(watched.secondsOf('lease')).toEqual([0, 20, 40, 45, 65, 85, 90])
})

test('a rebalancer whose cluster needs no change ends without a pause', async () => {
  const watched = createWatched(layoutNode())
  expect(await watched.run()).toBe(0)
  expect(watched.looks).toEqual([0])
})

test.each<['keep' | 'wait', string, ClusterObject | null]>([
  ['wait', 'waits for a node', train()],
  ['keep', 'has a node', train({ spec: { nodeName: 'node-1' } })],
  ['keep', 'has ended', train({ status: { phase: 'Failed' } })],
  ['keep', 'is gone', null],
  [
    'keep',
    'is being deleted, and waits for a finalizer',
    train({ metadata: { deletionTimestamp: '2026-11-29T12:00:00Z', finalizers: ['a/b'] } }),
  ],
])(
  'a rebalancer says %s of a change that is made where the promised pod %s',
  async (step, _, pod) => {
    const watched = createWatched(changingNode({ isMade: true }))
    if (pod !== null) watched.cluster.put('pods', pod)
    await watched.run({}, 4).catch(() => {})
    expect(watched.steps[0]).toBe(step)
  },
)
