import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { podName } from './describe-pods.js'
import { hasEnded } from './pod-facts.js'

/** What the parts of a pod say of the program in it. */
interface PodProgram {
  readonly spec?: {
    readonly containers?: readonly {
      readonly command?: readonly string[]
      readonly args?: readonly string[]
      readonly env?: readonly { readonly name: string; readonly value?: string }[]
    }[]
  }
}

/**
 * Another program that changes the layout of this node. Two of them undo each other's work: mig-manager, also while it waits,
 * and NVIDIA's DRA driver with its feature gate DynamicMIG, which destroys devices that it does not know. Null: there is none.
 */
export function findOtherOwner(pods: readonly ClusterObject[]): string | null {
  for (const pod of pods) {
    if (hasEnded(pod)) continue
    const owner = ownerIn(pod)
    if (owner !== null)
      return `pod ${podName({ namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '' })} runs ${owner}, which changes the layout of this node as well`
  }
  return null
}

function ownerIn(pod: ClusterObject): string | null {
  const { metadata } = pod
  const labels = metadata.labels ?? {}
  const words = (pod as PodProgram).spec?.containers?.flatMap(
    ({ command = [], args = [], env = [] }) => [
      ...command,
      ...args,
      ...env.map(({ name, value = '' }) => `${name}=${value}`),
    ],
  )
  // The GPU Operator labels its pods; a deployment of one's own still runs its program.
  const isManager =
    labels['app'] === 'nvidia-mig-manager' ||
    labels['app.kubernetes.io/component'] === 'nvidia-mig-manager' ||
    words?.some((word) => /(?:^|\/)nvidia-mig-manager$/.test(word))
  if (isManager === true) return "NVIDIA's mig-manager"
  return words?.some((word) => /DynamicMIG=true/.test(word)) === true
    ? "NVIDIA's DRA driver with DynamicMIG"
    : null
}
