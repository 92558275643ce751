import type {
  ClusterClient,
  ClusterObject,
  JsonPatchOperation,
} from '../../../types/kubernetes/cluster-client.js'
import { hasEnded } from '../../kubernetes/agent/pod-facts.js'
import {
  type ChangeProgress,
  changeProgress,
  type PodsOfChange,
  type ProgressLimits,
} from '../../kubernetes/carry-out/change-progress.js'
import { endChange } from '../../kubernetes/carry-out/end-change.js'
import { countRunning } from '../../kubernetes/carry-out/successors.js'
import { readRebalanceRecord } from '../../kubernetes/demand/rebalance-record.js'

const nodesOf = { apiVersion: 'v1', resource: 'nodes' } as const
const podsOf = { apiVersion: 'v1', resource: 'pods' } as const

/** A change of a node, at one look. */
export interface FollowedChange {
  readonly node: string
  readonly progress: ChangeProgress
}

/** Looks at one node that is being changed, and writes what follows. `returns`: the configuration before comes back, or is. */
export async function followChange(
  cluster: ClusterClient,
  name: string,
  limits: Omit<ProgressLimits, 'now'> & {
    readonly now: () => number
    readonly signal: AbortSignal
  },
): Promise<FollowedChange & { readonly returns: boolean }> {
  const { signal } = limits
  const node = await cluster.get({ ...nodesOf, name }, { signal })
  if (node === null) return { node: name, progress: { step: 'none' }, returns: false }
  const waiting = new Set<string>()
  const record = readRebalanceRecord(node)
  for (const pod of record?.pods ?? []) {
    const [namespace = '', podName = ''] = pod.split('/')
    const found = await cluster.get({ ...podsOf, namespace, name: podName }, { signal })
    if (found !== null && isWaiting(found)) waiting.add(pod)
  }
  const running: ClusterObject[] = []
  for (const namespace of new Set(record?.successors.map((each) => each.namespace)))
    running.push(...(await cluster.list({ ...podsOf, namespace }, { signal })).items)
  const now = limits.now()
  const pods: PodsOfChange = {
    isWaiting: (pod) => waiting.has(pod),
    runningOf: (controller) => countRunning(running, controller),
  }
  const progress = changeProgress(node, pods, { ...limits, now })
  await patchNode(cluster, name, endChange(node, progress, now), signal)
  // The answer to a patch may have been lost, so what stands on the node counts as well.
  const isOnItsWay = record?.state === 'returning' || record?.state === 'back'
  const returns = progress.step === 'return' || (isOnItsWay && progress.step !== 'stay')
  return { node: name, progress, returns }
}

export async function patchNode(
  cluster: ClusterClient,
  name: string,
  operations: readonly JsonPatchOperation[],
  signal: AbortSignal,
): Promise<void> {
  if (operations.length > 0) await cluster.patch({ ...nodesOf, name }, operations, { signal })
}

function isWaiting(pod: ClusterObject): boolean {
  const { nodeName } = (pod['spec'] ?? {}) as { readonly nodeName?: string }
  return !nodeName && !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined
}
