import type { AllocatedDevice, ResourceClaim } from '../../../types/kubernetes/dra/objects.js'

/**
 * The devices that a claim has for itself. What it has for administration takes nothing from others. Source: k8s.io/kubernetes
 * v1.37.2, pkg/scheduler/framework/plugins/dynamicresources/allocateddevices.go.
 */
export function heldResults({ status }: ResourceClaim): readonly AllocatedDevice[] {
  // The API server leaves empty lists out.
  const results = status?.allocation?.devices?.results ?? []
  return results.filter(({ adminAccess }) => adminAccess !== true)
}
