import type {
  KubeletClaim,
  KubeletClaimedDevice,
  KubeletContainer,
  KubeletDevices,
  KubeletPod,
} from '../../../types/kubernetes/kubelet.js'

// The messages of the kubelet as they come, and as data of this package.

export interface PodMessage extends Omit<KubeletPod, 'containers'> {
  readonly containers: readonly ContainerMessage[]
}

interface ContainerMessage extends Omit<KubeletContainer, 'devices' | 'claims'> {
  readonly devices: readonly DevicesMessage[]
  readonly claims: readonly ClaimMessage[]
}

export interface DevicesMessage extends Omit<KubeletDevices, 'numaNodes'> {
  readonly topology: { readonly nodes: readonly { readonly id: number }[] } | null
}

interface ClaimMessage extends Omit<KubeletClaim, 'devices'> {
  readonly devices: readonly ClaimedMessage[]
}

interface ClaimedMessage extends Omit<KubeletClaimedDevice, 'cdiDevices'> {
  readonly cdiDevices: readonly { readonly name: string }[]
}

export function readPod({ namespace, name, containers }: PodMessage): KubeletPod {
  return { namespace, name, containers: containers.map(readContainer) }
}

function readContainer({ name, devices, claims }: ContainerMessage): KubeletContainer {
  return { name, devices: readDevices(devices), claims: claims.map(readClaim) }
}

/** In the order of their resources and ids. The kubelet's is that of a map, another one in each answer. */
export function readDevices(messages: readonly DevicesMessage[]): readonly KubeletDevices[] {
  const orderOf = ({ resource, ids }: KubeletDevices): string => [resource, ...ids].join(' ')
  return messages
    .map(({ resource, ids, topology }) => ({
      resource,
      ids: ids.toSorted(),
      numaNodes: topology?.nodes.map(({ id }) => id) ?? [],
    }))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

function readClaim({ namespace, name, devices }: ClaimMessage): KubeletClaim {
  return { namespace, name, devices: devices.map(readClaimed) }
}

function readClaimed({ driver, pool, device, cdiDevices }: ClaimedMessage): KubeletClaimedDevice {
  return { driver, pool, device, cdiDevices: cdiDevices.map(({ name }) => name) }
}
