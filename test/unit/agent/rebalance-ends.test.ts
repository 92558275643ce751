import { describe, expect, test } from 'vitest'
import type { RunRebalanceOptions } from '../../../lib/agent/rebalance/run-rebalance.js'
import { MigError } from '../../../lib/errors.js'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../support/errors.js'
import { layoutNode, noon, waitingPod } from '../../support/layout-nodes.js'
import { changingNode, createWatched, train } from '../../support/watched-rebalance.js'

const emptyGpu = [{ key: 'A100-SXM4-40GB', instances: [] }]
const lease = { namespace: 'default', name: 'mig-nvml-rebalance' }
const half = train({
  spec: {
    containers: [{ name: 'main', resources: { limits: { 'nvidia.com/mig-2g.10gb': '1' } } }],
  },
})

describe('A rebalancer reads', () => {
  test('no claims from a cluster without the API of DRA', async () => {
    const watched = createWatched(layoutNode())
    const list: ClusterClient['list'] = async (collection, options) => {
      if (collection.apiVersion === 'resource.k8s.io/v1')
        throw new MigError('MIG_CLUSTER_NOT_FOUND', 'the server could not find the resource')
      return watched.cluster.list(collection, options)
    }
    expect(await watched.run({ cluster: { ...watched.cluster, list } })).toBe(0)
    expect(watched.looks).toEqual([0])
  })

  test.each(['resourceclaims', 'deviceclasses', 'resourceslices'])(
    'no plan from a cluster whose %s its role may not read',
    async (resource) => {
      const watched = createWatched(layoutNode())
      watched.cluster.unreadable.add(resource)
      const error = await rejectionOf(watched.run())
      expect(error.code).toBe('MIG_CLUSTER_FORBIDDEN')
      expect(error.message).toContain(resource)
    },
  )

  test('the budgets of pods only where it may move pods', async () => {
    const watched = createWatched(layoutNode())
    watched.cluster.unreadable.add('poddisruptionbudgets')
    expect(await watched.run()).toBe(0)
    const error = await rejectionOf(watched.run({ reading: { move: true } }))
    expect(error.code).toBe('MIG_CLUSTER_FORBIDDEN')
  })
})

test('a rebalancer ends where the node that it changes is removed', async () => {
  const watched = createWatched(changingNode({ isMade: false }))
  watched.cluster.put('pods', train())
  watched.cluster.beforeCall = (name) => {
    if (name === 'get') watched.cluster.drop('nodes', 'node-1')
  }
  expect(await watched.run()).toBe(0)
  expect(watched.steps).toEqual(['none'])
})

test('a rebalancer counts a change that it takes back though the answer to its patch is lost', async () => {
  const watched = createWatched(changingNode({ isMade: false }))
  watched.cluster.put('pods', train())
  let lost = 0
  watched.cluster.afterCall = (name) => {
    if (name === 'patch' && ++lost === 1) throw watched.cluster.failure(3)
  }
  expect(await watched.run()).toBe(1)
  expect(watched.steps.at(-1)).toBe('settle')
})

test('a rebalancer keeps a change once the successor of the pod that it moved runs', async () => {
  const successors = [{ namespace: 'team-a', controller: 'replicas', running: 1 }]
  const watched = createWatched(changingNode({ isMade: true, successors }))
  watched.cluster.put('pods', train({ spec: { nodeName: 'node-1' } }))
  const ownerReferences = [{ uid: 'replicas', controller: true }]
  const successor = waitingPod(
    'next',
    {},
    { metadata: { ownerReferences }, status: { phase: 'Running' } },
  )
  watched.cluster.beforeCall = () => {
    if (watched.seconds() >= 4) watched.cluster.put('pods', successor)
  }
  const kept: unknown[] = []
  const onProgress: RunRebalanceOptions['onProgress'] = ({ progress }) =>
    kept.push([watched.seconds(), progress.step])
  expect(await watched.run({ onProgress })).toBe(0)
  expect(kept).toEqual([
    [2, 'wait'],
    [4, 'keep'],
  ])
})

test('a rebalancer leaves its nodes alone while another one has its Lease', async () => {
  const watched = createWatched(changingNode({ isMade: false }))
  watched.cluster.put('pods', train())
  const progress: number[] = []
  const onProgress = (): void => {
    progress.push(watched.seconds())
    // The other one has taken it over: this process was stopped for a minute.
    watched.cluster.loseLease()
    void watched.cluster.holdLease(lease, { holder: 'other', durationSeconds: 60 })
  }
  const ended = watched.run({ everyMs: 60_000, onProgress }, 30)
  await expect(ended).rejects.toThrow('the test is over')
  expect(progress).toEqual([2])
  const { annotations } = watched.cluster.find('nodes', 'node-1')?.metadata ?? {}
  expect(annotations?.['mig-nvml/rebalance-record']).toContain('"state":"going"')
})

test('a dry run beside another rebalancer plans without its Lease, and leaves the changes of that one alone', async () => {
  const watched = createWatched(changingNode({ isMade: false }))
  watched.cluster.put('pods', train())
  await watched.cluster.holdLease(lease, { holder: 'somebody', durationSeconds: 60 })
  const before = watched.cluster.find('nodes', 'node-1')
  expect(await watched.run({ dryRun: true })).toBe(0)
  expect(watched.looks).toEqual([0])
  expect(watched.cluster.find('nodes', 'node-1')).toEqual(before)
  expect(
    await watched.cluster.holdLease(lease, { holder: 'other', durationSeconds: 60 }),
  ).toMatchObject({ held: false, holder: 'somebody' })
})

test('a rebalancer that has ended leaves its Lease to the next', async () => {
  const watched = createWatched(layoutNode())
  expect(await watched.run()).toBe(0)
  expect(
    await watched.cluster.holdLease(lease, { holder: 'next', durationSeconds: 60 }),
  ).toMatchObject({ held: true })
})

test('a rebalancer that goes on waits for its turn where another one has the Lease', async () => {
  const watched = createWatched(layoutNode())
  await watched.cluster.holdLease(lease, { holder: 'somebody', durationSeconds: 60 })
  await expect(watched.run({ everyMs: 10_000 }, 600)).rejects.toThrow('the test is over')
  expect(watched.looks).toEqual([])
  expect(watched.steps).toEqual([expect.stringMatching(/waiting for its turn/)])
})

test('a rebalancer looks again where a node has changed since it was read', async () => {
  const watched = createWatched(layoutNode({ gpus: emptyGpu }))
  watched.cluster.put('pods', half)
  let patches = 0
  watched.cluster.beforeCall = (name) => {
    if (name !== 'patch' || ++patches > 1) return
    watched.cluster.edit('nodes', 'node-1', (node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        annotations: { ...node.metadata.annotations, note: 'by a person' },
      },
    }))
  }
  await expect(watched.run({}, 4)).rejects.toThrow('the test is over')
  expect(watched.looks).toEqual([0, 2])
  expect(watched.steps).toContain('the nodes have changed since they were read')
  const { labels, annotations } = watched.cluster.find('nodes', 'node-1')?.metadata ?? {}
  expect(annotations).toHaveProperty('note', 'by a person')
  expect(labels).toHaveProperty(['nvidia.com/mig.config'], expect.stringMatching(/12-00-02/))
})

test.each([
  ['from its start', 0, 60],
  ['from the last change that it began', 30, 90],
])(
  'a rebalancer that ends by itself waits a minute for a node whose agent is at work, %s',
  async (_since, atRest, end) => {
    const runSince = new Date(noon).toISOString()
    const atWork = { step: 'fence', config: 'mixed', runSince, stepSince: runSince } as const
    const watched = createWatched(layoutNode({ record: atWork }))
    if (atRest > 0) {
      watched.cluster.put('nodes', layoutNode({ name: 'node-2', record: atWork, gpus: emptyGpu }))
      watched.cluster.put('pods', half)
    }
    let isAtRest = atRest === 0
    watched.cluster.beforeCall = () => {
      if (isAtRest || watched.seconds() < atRest) return
      isAtRest = true
      // It changes for the pod now, but has no agent that would do it: after twenty seconds it is as before.
      watched.cluster.put('nodes', layoutNode({ name: 'node-2', gpus: emptyGpu }))
    }
    expect(await watched.run()).toBe(atRest > 0 ? 1 : 0)
    expect([watched.looks[0], watched.looks.at(-1)]).toEqual([0, end])
  },
)

test('a rebalancer does not wait for a node that is not ready', async () => {
  const watched = createWatched(layoutNode({ ready: false }))
  watched.cluster.put('pods', train())
  expect(await watched.run()).toBe(0)
  expect(watched.looks).toEqual([0])
})
