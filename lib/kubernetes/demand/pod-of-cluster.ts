import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type {
  NodeRequirement,
  NodeSelectorTerm,
  PodToleration,
  RebalancePod,
} from '../../../types/kubernetes/rebalance.js'
import { copyPlain } from '../../model/copy-plain.js'
import { claimsOfPod } from '../agent/pod-claims.js'
import { hasEnded, priorityOf, selectorOf } from '../agent/pod-facts.js'
import { type ClaimContext, devicesByClaim } from './pod-claims.js'
import { type Devices, devicesByResource } from './pod-resources.js'

/** The parts of a pod that decide where it may go. Source: k8s.io/api v0.37.2, core/v1/types.go. */
interface PodParts {
  readonly spec?: {
    readonly nodeName?: string
    readonly tolerations?: readonly PodToleration[]
    readonly affinity?: {
      readonly nodeAffinity?: {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: {
          readonly nodeSelectorTerms?: readonly NodeSelectorTerm[]
        }
      }
    }
  }
  readonly status?: {
    readonly nominatedNodeName?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly lastTransitionTime?: string
    }[]
  }
}

/** Reads pods as demands. A string is the reason why one cannot be planned; null: it wants nothing of ours. */
export interface PodReader {
  /** What a pod wants, wherever it is. */
  demand(pod: ClusterObject): RebalancePod | string | null
  /** The same for a pod for which the scheduler has found no node; null for any other. */
  pending(pod: ClusterObject): RebalancePod | string | null
}

export function createPodReader(context: ClaimContext): PodReader {
  function demand(pod: ClusterObject): RebalancePod | string | null {
    const byResource = devicesByResource(pod)
    if (typeof byResource === 'string') return byResource
    const byClaim = claimsOfPod(pod).length === 0 ? {} : devicesByClaim(pod, context)
    if (typeof byClaim === 'string') return byClaim
    const devices = sum(byResource, byClaim)
    if (Object.keys(devices).length === 0) return null
    const { nodeSelector, nodeTerms } = conditionsOf(pod)
    const product = productOf(nodeSelector, nodeTerms)
    if (product !== null)
      return `it wants ${product}, which nodes have with the strategy single: there, one layout of all GPUs makes the resource`
    const { tolerations = [] } = (pod as PodParts).spec ?? {}
    return {
      id: `${pod.metadata.namespace}/${pod.metadata.name}`,
      priority: priorityOf(pod),
      devices,
      nodeSelector: {
        ...nodeSelector,
        ...(Object.keys(byResource).length === 0 ? {} : { 'mig-nvml/by-resource': 'true' }),
        ...(Object.keys(byClaim).length === 0 ? {} : { 'mig-nvml/by-claim': 'true' }),
      },
      ...(nodeTerms === undefined ? {} : { nodeTerms }),
      tolerations: copyPlain(tolerations),
    }
  }
  return {
    demand,
    pending(pod) {
      const { spec, status } = pod as PodParts
      if (hasEnded(pod) || spec?.nodeName || pod.metadata.deletionTimestamp !== undefined)
        return null
      if (refusalOf(pod) === undefined) return null
      const wanted = demand(pod)
      if (wanted === null || typeof wanted === 'string') return wanted
      return status?.nominatedNodeName
        ? `the scheduler makes room for it on ${status.nominatedNodeName}`
        : wanted
    },
  }
}

function refusalOf(pod: ClusterObject) {
  const { conditions = [] } = (pod as PodParts).status ?? {}
  return conditions.find(
    ({ type, status, reason }) =>
      type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  )
}

/** Since when the scheduler has found no node for a pod, in milliseconds since 1970. Where the cluster does not say, for ever. */
export function pendingSince(pod: ClusterObject): number {
  const since = Date.parse(
    refusalOf(pod)?.lastTransitionTime ?? pod.metadata.creationTimestamp ?? '',
  )
  return Number.isNaN(since) ? 0 : since
}

function sum(one: Devices, other: Devices): Devices {
  const all: Record<string, number> = { ...one }
  for (const [size, count] of Object.entries(other)) all[size] = (all[size] ?? 0) + count
  return all
}

/** What a label says of the present layout does not bind one that follows demand. */
function followsLayout(label: string): boolean {
  return label.startsWith('nvidia.com/mig-')
}

function conditionsOf(pod: ClusterObject): {
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly nodeTerms: readonly NodeSelectorTerm[] | undefined
} {
  const terms = (pod as PodParts).spec?.affinity?.nodeAffinity
    ?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const nodeSelector = Object.entries(selectorOf(pod)).filter(([label]) => !followsLayout(label))
  return {
    nodeSelector: Object.fromEntries(nodeSelector),
    nodeTerms: terms?.map(({ matchExpressions, matchFields }) => {
      const bound = matchExpressions?.filter(({ key }) => !followsLayout(key))
      const isOpen = bound?.length === 0 && matchExpressions?.length !== 0
      return {
        // A term without conditions matches no node, and one that only follows the layout matches all.
        ...(isOpen ? { matchExpressions: [anyNode] } : {}),
        ...(isOpen || bound === undefined ? {} : { matchExpressions: copyPlain(bound) }),
        ...(matchFields === undefined ? {} : { matchFields: copyPlain(matchFields) }),
      }
    }),
  }
}

const anyNode: NodeRequirement = { key: 'mig-nvml/never', operator: 'DoesNotExist' }

/** The product of a MIG device, as nodes with the strategy single have it. */
function productOf(
  nodeSelector: Readonly<Record<string, string>>,
  terms: readonly NodeSelectorTerm[] = [],
): string | null {
  const label = 'nvidia.com/gpu.product'
  const values = [
    ...Object.entries(nodeSelector).flatMap(([key, value]) => (key === label ? [value] : [])),
    ...terms.flatMap(({ matchExpressions = [] }) =>
      matchExpressions.flatMap(({ key, operator, values = [] }) =>
        key === label && operator === 'In' ? values : [],
      ),
    ),
  ]
  return values.find((value) => /-MIG-\d/.test(value)) ?? null
}
