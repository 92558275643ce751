import type { PodInTheWay } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { fateOf, hasEnded, priorityOf } from '../agent/pod-facts.js'

/**
 * The pods that leave a node before its maintenance, the least priority first. Those of DaemonSets and those that the kubelet runs from
 * a file belong to the node, and the agent that does the work is among them.
 */
export function podsToDrain(pods: readonly ClusterObject[]): readonly PodInTheWay[] {
  return pods
    .filter((pod) => !hasEnded(pod))
    .toSorted((a, b) => priorityOf(a) - priorityOf(b))
    .map((pod) => {
      const { namespace = '', name = '', uid = '' } = pod.metadata
      return { namespace, name, uid, holds: [], fate: fateOf(pod) }
    })
    .filter(({ fate }) => fate !== 'daemon-set' && fate !== 'static')
}
