import type { PodInTheWay } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { evictAnnotation } from './names.js'

/** The parts of a pod that matter here. */
interface PodParts {
  readonly spec?: {
    readonly priority?: number
    readonly nodeName?: string
    readonly nodeSelector?: Readonly<Record<string, string>>
  }
  readonly status?: { readonly phase?: string }
}

function partsOf(pod: ClusterObject): PodParts {
  return pod as PodParts
}

/** It has ended, and holds nothing any more. */
export function hasEnded(pod: ClusterObject): boolean {
  const phase = partsOf(pod).status?.phase
  return phase === 'Succeeded' || phase === 'Failed'
}

export function priorityOf(pod: ClusterObject): number {
  return partsOf(pod).spec?.priority ?? 0
}

export function selectorOf(pod: ClusterObject): Readonly<Record<string, string>> {
  return partsOf(pod).spec?.nodeSelector ?? {}
}

/** Mirror pods and those of DaemonSets as kubectl drain knows them. */
export function fateOf({ metadata }: ClusterObject): PodInTheWay['fate'] {
  if (metadata.deletionTimestamp !== undefined) return 'ends'
  const annotations = metadata.annotations ?? {}
  if (annotations['kubernetes.io/config.mirror'] !== undefined) return 'static'
  const owners = metadata.ownerReferences ?? []
  if (owners.some(({ kind, controller }) => kind === 'DaemonSet' && controller === true))
    return 'daemon-set'
  return annotations[evictAnnotation] === 'false' ? 'protected' : 'evict'
}
