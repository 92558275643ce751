import { type RunRebalanceOptions, runRebalance } from '../../lib/agent/rebalance/run-rebalance.js'
import { noRecord } from '../../lib/kubernetes/agent/record.js'
import type { ClusterObject } from '../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../types/kubernetes/rebalance-cluster.js'
import { createFakeCluster, type FakeCluster } from './fake-cluster.js'
import { layoutNode, noon, waitingPod } from './layout-nodes.js'

// A rebalancer beside nodes without agents. The clock passes only in its pauses.

export interface Watched {
  readonly cluster: FakeCluster
  /** Seconds since the start, at which it called this. */
  secondsOf(call: string): readonly number[]
  /** Seconds since the start, now. */
  seconds(): number
  readonly looks: number[]
  readonly steps: string[]
  run(options?: Partial<RunRebalanceOptions>, forSeconds?: number): Promise<number>
}

/** A pause that lasts no time must end the test. */
const mostPauses = 100

export function createWatched(...nodes: readonly ClusterObject[]): Watched {
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
    seconds: () => ms / 1000,
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
export function changingNode({
  isMade,
  successors = [],
}: {
  readonly isMade: boolean
  readonly successors?: RebalanceRecord['successors']
}): ClusterObject {
  const record = {
    version: 'mig-nvml/rebalance/v1',
    config,
    before: 'before-2026-11-29t12-00-00-000z',
    since: new Date(noon).toISOString(),
    state: 'going',
    pods: ['team-a/train'],
    created: [],
    successors,
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

export const train = (more: Parameters<typeof waitingPod>[2] = {}): ClusterObject =>
  waitingPod('train', { 'nvidia.com/mig-7g.40gb': 1 }, more)
