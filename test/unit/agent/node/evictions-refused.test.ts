import { expect, test } from 'vitest'
import { evict, tryEach } from '../../../../lib/agent/node/ask-to-go.js'
import type { PodInTheWay } from '../../../../types/kubernetes/agent-pods.js'
import type { ClusterEviction } from '../../../../types/kubernetes/cluster-client.js'
import { createFakeCluster } from '../../../support/fake-cluster.js'

const pod = (name: string): PodInTheWay => ({
  namespace: 'team-a',
  name,
  uid: `uid-of-${name}`,
  holds: ['3g.20gb at 4 on GPU 2'],
  fate: 'evict',
})
const { signal } = new AbortController()

/** A cluster that answers every eviction so. */
const answering = (answer: Partial<ClusterEviction>) => ({
  signal,
  cluster: {
    ...createFakeCluster(),
    evict: async () =>
      ({ outcome: 'blocked', reason: null, retryAfterMs: null, ...answer }) as ClusterEviction,
  },
})

test.each([
  [null, 5000],
  [0, 0],
  [10_000, 10_000],
  [3_600_000, 60_000],
])(
  'a pod for which the server asks to wait %s ms is repeated after %d ms',
  async (retryAfterMs, retryMs) => {
    expect(await evict(answering({ retryAfterMs }), pod('a'), false)).toMatchObject({ retryMs })
  },
)

test.each([
  [
    'Cannot evict pod as it would violate the disruption budget.',
    'its PodDisruptionBudget allows no eviction: Cannot evict pod as it would violate the disruption budget.',
  ],
  ['too many requests', 'too many requests'],
  [null, 'the API server refuses its eviction'],
])(
  'a refusal with the reason %j says what is held, by which pod, and why it stays',
  async (reason, why) => {
    expect(await evict(answering({ reason }), pod('a'), false)).toMatchObject({
      reason: `3g.20gb at 4 on GPU 2 is held by pod team-a/a; ${why}`,
    })
  },
)

test.each(['evicted', 'absent'] as const)('a pod that is %s is no refusal', async (outcome) => {
  expect(await evict(answering({ outcome }), pod('a'), false)).toBeNull()
})

test('a try names every pod that would stay, and evicts none', async () => {
  const cluster = createFakeCluster()
  for (const [name, app] of [
    ['a', 'guarded'],
    ['b', 'free'],
    ['c', 'guarded'],
  ])
    cluster.put('pods', {
      metadata: {
        name: name ?? '',
        namespace: 'team-a',
        uid: `uid-of-${name}`,
        labels: { app: app ?? '' },
      },
    })
  cluster.budgets.push({ namespace: 'team-a', label: 'guarded', allowed: 0 })
  const refusals = await tryEach({ cluster, signal }, ['a', 'b', 'c'].map(pod))
  expect(refusals.map(({ reason }) => /pod team-a\/(\w)/.exec(reason)?.[1])).toEqual(['a', 'c'])
  expect(cluster.evicted).toEqual([])
  await evict({ cluster, signal, gracePeriodSeconds: 7 }, pod('b'), false)
  expect(cluster.evicted).toEqual(['team-a/b'])
  expect(cluster.gracePeriods).toEqual([7])
})
