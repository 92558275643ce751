import type { PodDevices } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { KubeletPod } from '../../../types/kubernetes/kubelet.js'
import { claimsOfPod, devicesOfClaim } from '../../kubernetes/agent/pod-claims.js'
import { hasEnded } from '../../kubernetes/agent/pod-facts.js'
import { nvidiaDriver } from '../../kubernetes/dra/class-names.js'
import { heldDevices } from '../../kubernetes/held-devices.js'
import type { NodeAgentOptions } from './context.js'

/** What the kubelet has given to pods, from device plugins and for claims. */
export function heldByKubelet(
  { draDriver = nvidiaDriver }: Pick<NodeAgentOptions, 'draDriver'>,
  pods: readonly KubeletPod[],
): readonly PodDevices[] {
  const plugged = heldDevices(pods).map(({ namespace, pod, id }) => ({
    namespace,
    name: pod,
    devices: [id],
  }))
  const claimed = claimsIn(pods).map(({ pod: { namespace, name }, claim }) => ({
    namespace,
    name,
    devices: claim.devices.filter(({ driver }) => driver === draDriver).map(({ device }) => device),
  }))
  return [...plugged, ...claimed]
}

/**
 * What the scheduler has allocated to the claims of pods, where the kubelet lists no such claim: there is no socket, it is older than
 * its listing of claims, or it has not begun with the pod.
 */
export async function heldByClaims(
  { cluster, draDriver = nvidiaDriver, signal }: NodeAgentOptions,
  pods: readonly ClusterObject[],
  listed: readonly KubeletPod[],
): Promise<readonly PodDevices[]> {
  const known = new Set(
    claimsIn(listed).map(({ pod, claim }) => [pod.namespace, pod.name, claim.name].join('/')),
  )
  const held: PodDevices[] = []
  for (const pod of pods) {
    const { namespace = '', name = '' } = pod.metadata
    if (hasEnded(pod)) continue
    for (const claimName of claimsOfPod(pod)) {
      if (known.has([namespace, name, claimName].join('/'))) continue
      const claims = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceclaims' }
      const claim = await cluster.get({ ...claims, namespace, name: claimName }, { signal })
      if (claim !== null) held.push({ namespace, name, devices: devicesOfClaim(claim, draDriver) })
    }
  }
  return held
}

function claimsIn(pods: readonly KubeletPod[]) {
  return pods.flatMap((pod) =>
    pod.containers.flatMap(({ claims }) => claims.map((claim) => ({ pod, claim }))),
  )
}
