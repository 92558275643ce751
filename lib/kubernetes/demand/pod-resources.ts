import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { gpuResource, isPart, profileOf } from '../resource-name.js'

interface Container {
  readonly restartPolicy?: string
  readonly resources?: { readonly limits?: Readonly<Record<string, string | number>> }
}

interface PodWithContainers {
  readonly spec?: {
    readonly containers?: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
}

/** How many devices of each size, by the names of a plan: `1g.5gb`, or `gpu`. */
export type Devices = Readonly<Record<string, number>>

/** What a pod wants of device plugins, or why that cannot be planned. Empty: nothing of NVIDIA's. */
export function devicesByResource(pod: ClusterObject): Devices | string {
  const { containers = [], initContainers = [] } = (pod as PodWithContainers).spec ?? {}
  const devices: Record<string, number> = {}
  for (const [resource, count] of Object.entries(sumOf(containers, initContainers))) {
    if (count === 0) continue
    const size = resource === gpuResource ? 'gpu' : sizeOf(resource)
    if (size === null) return `it wants ${resource}, which no plan makes`
    devices[size] = (devices[size] ?? 0) + count
  }
  return devices
}

function sizeOf(resource: string): string | null {
  if (resource.endsWith('.shared')) return null
  const profile = profileOf(resource)
  return profile === null || isPart(profile) ? null : profile
}

/** Containers that run before the others give their devices back, except sidecars (Kubernetes, resource sharing within containers). */
function sumOf(
  containers: readonly Container[],
  initContainers: readonly Container[],
): Readonly<Record<string, number>> {
  const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always'
  const staying: Record<string, number> = {}
  const most: Record<string, number> = {}
  for (const container of initContainers) {
    for (const [name, count] of limitsOf(container)) {
      if (isSidecar(container)) staying[name] = (staying[name] ?? 0) + count
      const now = (staying[name] ?? 0) + (isSidecar(container) ? 0 : count)
      most[name] = Math.max(most[name] ?? 0, now)
    }
  }
  for (const container of containers)
    for (const [name, count] of limitsOf(container)) staying[name] = (staying[name] ?? 0) + count
  const names = new Set([...Object.keys(staying), ...Object.keys(most)])
  return Object.fromEntries(
    [...names].map((name) => [name, Math.max(staying[name] ?? 0, most[name] ?? 0)]),
  )
}

function limitsOf({ resources }: Container): readonly (readonly [string, number])[] {
  return Object.entries(resources?.limits ?? {})
    .filter(([name]) => name.startsWith('nvidia.com/'))
    .map(([name, count]) => [name, Number(count)] as const)
}
