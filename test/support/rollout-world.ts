import { type RunRolloutOptions, runRollout } from '../../lib/agent/rollout/run-rollout.js'
import { noRecord } from '../../lib/kubernetes/agent/record.js'
import type { ClusterObject } from '../../types/kubernetes/cluster-client.js'
import type { RolloutStep } from '../../types/kubernetes/rollout.js'
import { createFakeClock, type FakeClock } from './fake-clock.js'
import { createFakeCluster, type FakeCluster } from './fake-cluster.js'

/** Nodes that a rollout leads from the configuration `old` to `new`; their agents and their pods are done one at each tick of the clock. */
export interface RolloutWorld {
  readonly cluster: FakeCluster
  readonly clock: FakeClock
  /** What `onStep` has reported. */
  readonly steps: RolloutStep[]
  /** What happened, in order: `evict one, a has 2 taints`, `work on a with 0 pods and 2 taints`. */
  readonly story: string[]
  taints(name: string): readonly string[]
  /** The configurations that nodes are labelled with. */
  labels(): ReadonlySet<string | undefined>
  addPod(node: string, name: string, extra?: object): void
  /** Runs to its end. The agents of the nodes named fail. */
  run(options?: Partial<RunRolloutOptions>, failing?: readonly string[]): Promise<RolloutStep>
}

/** A taint that each node has from the beginning. */
export const foreignTaint = { key: 'of-another', value: 'x', effect: 'NoExecute' }

export function createRolloutWorld(names: readonly string[]): RolloutWorld {
  const cluster = createFakeCluster()
  const clock = createFakeClock()
  const steps: RolloutStep[] = []
  const story: string[] = []
  for (const name of names) cluster.put('nodes', rolloutNode(name))

  const taints = (name: string): readonly string[] => {
    const { taints: all } = Object(cluster.find('nodes', name)?.['spec']) as {
      readonly taints: readonly { key: string; value?: string; effect: string }[]
    }
    return all.map(({ key, value, effect }) => `${key}=${value}:${effect}`)
  }

  function endPods(): void {
    for (const pod of cluster.all('pods')) {
      const { name = '', namespace, deletionTimestamp } = pod.metadata
      if (deletionTimestamp === undefined) continue
      const node = nodeOf(pod)
      story.push(`evict ${name}, ${node} has ${taints(node).length} taints`)
      cluster.drop('pods', name, namespace)
    }
  }

  function runAgent(failing: readonly string[]): void {
    const next = cluster.all('nodes').find(isBegun)
    if (next === undefined) return
    const { name = '' } = next.metadata
    const left = cluster.all('pods').filter((pod) => nodeOf(pod) === name).length
    story.push(`work on ${name} with ${left} pods and ${taints(name).length} taints`)
    cluster.edit('nodes', name, (node) =>
      afterRun(node, failing.includes(name) ? 'failed' : 'success'),
    )
  }

  return {
    cluster,
    clock,
    steps,
    story,
    taints,
    labels: () =>
      new Set(
        cluster.all('nodes').map(({ metadata }) => metadata.labels?.['nvidia.com/mig.config']),
      ),
    addPod(nodeName, name, extra = {}) {
      const metadata = { namespace: 'team-a', name, uid: `uid-${name}`, labels: { app: name } }
      cluster.put('pods', {
        metadata: { ...metadata, ...extra },
        spec: { nodeName },
        status: { phase: 'Running' },
      })
    },
    async run(options = {}, failing = []) {
      let ended = false
      const result = runRollout({
        config: 'new',
        cluster,
        namespace: 'default',
        holder: 'me',
        clock,
        signal: new AbortController().signal,
        onStep: (step) => steps.push(step),
        log: () => {},
        ...options,
      }).finally(() => {
        ended = true
      })
      result.catch(() => {})
      await clock.until(
        () => ended,
        () => {
          endPods()
          runAgent(failing)
        },
      )
      return result
    },
  }
}

export function rolloutNode(name: string, ready = true): ClusterObject {
  return {
    metadata: { name, labels: { 'nvidia.com/mig.config': 'old' } },
    spec: { taints: [foreignTaint] },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

/** What the agent of a node leaves when its run for the configuration of the label is over. */
export function afterRun(node: ClusterObject, state: 'success' | 'failed'): ClusterObject {
  const config = node.metadata.labels?.['nvidia.com/mig.config'] ?? ''
  const reason = state === 'failed' ? 'a pod is in the way' : null
  const record = { ...noRecord, run: 1, config, state, reason }
  return {
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...node.metadata.labels, 'nvidia.com/mig.config.state': state },
      annotations: { 'mig-nvml/agent': JSON.stringify(record) },
    },
  }
}

function isBegun({ metadata: { labels = {}, annotations } }: ClusterObject): boolean {
  return labels['nvidia.com/mig.config'] === 'new' && annotations === undefined
}

function nodeOf(pod: ClusterObject): string {
  return (pod['spec'] as { readonly nodeName: string }).nodeName
}
