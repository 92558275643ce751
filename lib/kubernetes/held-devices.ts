import type { HeldDevice, KubeletPod } from '../../types/kubernetes/kubelet.js'
import { deepFreeze } from '../model/freeze.js'

/**
 * The GPUs and MIG devices that pods have, by what the kubelet lists: those of NVIDIA's device plugin and of `mig-nvml device-plugin`.
 * Devices of other vendors, and those of ResourceClaims, are not among them.
 */
export function heldDevices(pods: readonly KubeletPod[]): readonly HeldDevice[] {
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
