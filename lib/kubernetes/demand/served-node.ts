import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { NodeTaint, RebalanceNode, RebalancePod } from '../../../types/kubernetes/rebalance.js'
import { copyPlain } from '../../model/copy-plain.js'
import { mayEnter } from '../rebalance/may-enter.js'
import type { NodeService } from './node-service.js'

/** What decides which pods may go to a node. */
export type ServedNode = Omit<RebalanceNode, 'gpus' | 'fixed'>

/** A node whose MIG devices are all of one size, and `nvidia.com/gpu` for pods. */
export interface SingleNode extends ServedNode {
  readonly size: string
}

/** A pod by its claims goes where a DRA driver serves them, and to no other node. */
export function partsOf(
  node: ClusterObject,
  { byResource, byClaim }: Pick<NodeService, 'byResource' | 'byClaim'>,
): ServedNode {
  const { taints, unschedulable } = (node['spec'] ?? {}) as {
    readonly taints?: readonly NodeTaint[]
    readonly unschedulable?: boolean
  }
  return {
    name: node.metadata.name ?? '',
    labels: {
      ...node.metadata.labels,
      ...(byResource ? { 'mig-nvml/by-resource': 'true' } : {}),
      ...(byClaim ? { 'mig-nvml/by-claim': 'true' } : {}),
    },
    ...(taints === undefined ? {} : { taints: copyPlain(taints) }),
    ...(unschedulable === undefined ? {} : { unschedulable }),
  }
}

/** A whole GPU must not be made for a pod that a small device of another node may serve. */
export function severalMeanings(pod: RebalancePod, singles: readonly SingleNode[]): string | null {
  if (pod.devices['gpu'] === undefined) return null
  const found = singles.find((node) => mayEnter({ ...node, gpus: [] }, pod))
  return found === undefined
    ? null
    : `it takes a whole GPU, or a ${found.size} of ${found.name}: a selector for nvidia.com/gpu.product would say which`
}
