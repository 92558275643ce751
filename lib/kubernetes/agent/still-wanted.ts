import type { PodsInTheWayInput } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'

interface Container {
  readonly resources?: { readonly limits?: Readonly<Record<string, string | number>> }
}

interface WantingPod {
  readonly spec?: {
    readonly containers?: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
  readonly status?: { readonly phase?: string }
}

/**
 * The resources of a pod that is bound to the node, for which the kubelet has yet to give it devices. Empty: it has them all, wants
 * none, or nobody knows what the kubelet has given out. The kubelet does not list what containers have that run before the others.
 */
export function stillWantedBy(
  pod: ClusterObject,
  { held, heldIsComplete = false }: Pick<PodsInTheWayInput, 'held' | 'heldIsComplete'>,
): readonly string[] {
  const { spec, status } = pod as WantingPod
  if (!heldIsComplete || status?.phase !== 'Pending') return []
  const { namespace, name } = pod.metadata
  const has = held
    .filter((each) => each.namespace === namespace && each.name === name)
    .flatMap(({ devices }) => devices).length
  const { containers = [], initContainers = [] } = spec ?? {}
  const wanted = [...containers, ...initContainers].flatMap(devicesWantedBy)
  const together = countOf(containers.flatMap(devicesWantedBy))
  const most = Math.max(together, ...initContainers.map((each) => countOf(devicesWantedBy(each))))
  return has < most ? [...new Set(wanted.map(({ resource }) => resource))] : []
}

interface Wanted {
  readonly resource: string
  readonly count: number
}

function devicesWantedBy({ resources }: Container): readonly Wanted[] {
  return Object.entries(resources?.limits ?? {})
    .filter(([resource, count]) => resource.startsWith('nvidia.com/') && Number(count) > 0)
    .map(([resource, count]) => ({ resource, count: Number(count) }))
}

function countOf(wanted: readonly Wanted[]): number {
  return wanted.reduce((sum, { count }) => sum + count, 0)
}
