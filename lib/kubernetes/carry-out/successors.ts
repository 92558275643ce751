import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import { groupBy } from '../../model/group-by.js'

/** The controllers of these pods, `namespace/name`, with how many pods of each run now. */
export function successorsOf(
  pods: readonly ClusterObject[],
  leaving: readonly string[],
): RebalanceRecord['successors'] {
  const moving = pods.filter(({ metadata }) =>
    leaving.includes(`${metadata.namespace}/${metadata.name}`),
  )
  return [...groupBy(moving, controllerOf)].flatMap(([controller, own]) => {
    const namespace = own[0]?.metadata.namespace
    if (controller === undefined || namespace === undefined) return []
    return [{ namespace, controller, running: countRunning(pods, controller) }]
  })
}

/** How many pods of a controller run, are ready as far as they say, and are not about to end. */
export function countRunning(pods: readonly ClusterObject[], controller: string): number {
  return pods.filter((pod) => controllerOf(pod) === controller && runs(pod)).length
}

function controllerOf({ metadata }: ClusterObject): string | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid
}

function runs(pod: ClusterObject): boolean {
  const { phase, conditions = [] } = (pod['status'] ?? {}) as {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  return (
    phase === 'Running' &&
    pod.metadata.deletionTimestamp === undefined &&
    conditions.every(({ type, status }) => type !== 'Ready' || status === 'True')
  )
}
