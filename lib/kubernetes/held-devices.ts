import type { HeldDevice, KubeletPod } from '../../types/kubernetes/kubelet.js'
import { checkOptions } from '../model/checks/check-options.js'
import { listOf, objectOf, openObjectOf, text } from '../model/checks/kinds.js'
import { deepFreeze } from '../model/freeze.js'

const devices = openObjectOf({ resource: text, ids: listOf(text) }, 'resource', 'ids')
const container = openObjectOf({ name: text, devices: listOf(devices) }, 'name', 'devices')
const pod = openObjectOf(
  { namespace: text, name: text, containers: listOf(container) },
  'namespace',
  'name',
  'containers',
)
const podsRule = objectOf({ pods: listOf(pod) }, 'pods')

/**
 * The GPUs and MIG devices that pods have, by what the kubelet lists: those of NVIDIA's device plugin and of `mig-nvml device-plugin`.
 * Devices of other vendors, and those of ResourceClaims, are not among them.
 *
 * @throws TypeError for what `listPods` does not resolve to.
 */
export function heldDevices(pods: readonly KubeletPod[]): readonly HeldDevice[] {
  checkOptions('heldDevices', { pods }, podsRule)
  return deepFreeze(
    pods.flatMap(({ namespace, name: pod, containers }) =>
      containers.flatMap(({ name: container, devices }) =>
        devices
          .filter(({ resource }) => resource.startsWith('nvidia.com/'))
          .flatMap(({ resource, ids }) => {
            // Time-slicing and MPS add `::0`, `::1`, … for each share.
            const own = new Set(ids.map((id) => id.replace(/::\d+$/, '')))
            return [...own].map((id) => ({ namespace, pod, container, resource, id }))
          }),
      ),
    ),
  )
}
