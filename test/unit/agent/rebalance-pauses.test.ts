import { expect, test } from 'vitest'
import {
  type RunRebalanceOptions,
  runRebalance,
} from '../../../lib/agent/rebalance/run-rebalance.js'
import { noRecord } from '../../../lib/kubernetes/agent/record.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { createFakeCluster, type FakeCluster } from '../../support/fake-cluster.js'
import { layoutNode, noon, waitingPod } from '../../support/layout-nodes.js'

// A rebalancer beside nodes without agents: what it does at which time. The clock passes only in its pauses.

interface Watched {
  readonly cluster: FakeCluster
  /** Seconds since the start, at which it called this. */
  secondsOf(call: string): readonly number[]
  readonly looks: number[]
  readonly steps: string[]
  run(options?: Partial<RunRebalanceOptions>, forSeconds?: number): Promise<number>
}

/** A pause that lasts no time must end the test. */
const mostPauses = 100

function createWatched(...nodes: readonly ClusterObject[]): Watched {
  const cluster = createFakeCluster()
  for (const node of nodes) cluster.put('nodes', node)
  const calls: { readonly name: string; readonly second: number }[] = []
  const looks: number[] = []
  const steps: string[] = []
  let ms = 0
  let pauses = 0
  cluster.beforeCall = (name) => calls.push({ name, second: ms / 1000 })
  return {
    cluster,
    looks,
    steps,
    secondsOf: (call) => calls.filter(({ name }) => name === call).map(({ second }) => second),
    async run(options = {}, forSeconds = Number.POSITIVE_INFINITY) {
      const end = new AbortController()
      return runRebalance({
        cluster,
        namespace: 'default',
        holder: 'me',
        reading: {},
        calm: { windowMs: 0, restMs: 0 },
        maxUnavailable: 1,
        deadlineMs: 60_000,
        agentMs: 10_000,
        podsMs: 10_000,
        everyMs: null,
        dryRun: false,
        clock: {
          now: () => noon + ms,
          async sleep(pause) {
            ms += pause
            pauses += 1
            if (ms > forSeconds * 1000 || pauses > mostPauses)
              end.abort(new Error('the test is over'))
          },
        },
        signal: end.signal,
        onLook: () => looks.push(ms / 1000),
        onProgress: ({ progress }) => steps.push(progress.step),
        log: (line) => steps.push(line),
        ...options,
      })
    },
  }
}

const config = 'rebalance-2026-11-29t12-00-00-000z'

/** A node in the middle of a change for one pod. `isMade`: its agent has made it. */
function changingNode({ isMade }: { readonly isMade: boolean }): ClusterObject {
  const record = {
    version: 'mig-nvml/rebalance/v1',
    config,
    before: 'before-2026-11-29t12-00-00-000z',
    since: new Date(noon).toISOString(),
    state: 'going',
    pods: ['team-a/train'],
    created: [],
  }
  const made = { config, state: 'success', stepSince: new Date(noon).toISOString() } as const
  return layoutNode({
    labels: {
      'nvidia.com/mig.config': config,
      ...(isMade ? { 'nvidia.com/mig.config.state': 'success' } : {}),
    },
    annotations: { 'mig-nvml/rebalance-record': JSON.stringify(record) },
    record: isMade ? { ...noRecord, ...made } : { ...noRecord, config: null },
  })
}

const train = (more: Parameters<typeof waitingPod>[2] = {}): ClusterObject =>
  waitingPod('train', { 'nvidia.com/mig-7g.40gb': 1 }, more)

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
