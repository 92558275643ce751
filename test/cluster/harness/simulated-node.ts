import type { SimulatedMachineSpec } from '../../../lib/simulator.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { createRootedMachine, type RootedMachine } from '../../support/rooted-machine.js'
import { until } from './until.js'

/** A node of the cluster with a simulated machine. Its kubelet is kwok's. */
export interface SimulatedNode extends RootedMachine {
  readonly name: string
}

/** Adds a node with the GPUs of a simulated machine, and waits until it is ready for pods. */
export async function addNode(
  admin: ClusterClient,
  name: string,
  spec: SimulatedMachineSpec,
  labels: Readonly<Record<string, string>> = {},
): Promise<SimulatedNode> {
  const machine = createRootedMachine(spec, { store: true })
  await addBareNode(admin, name, labels)
  return { ...machine, name }
}

/** A node without GPUs. */
export async function addBareNode(
  admin: ClusterClient,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<ClusterObject> {
  const nodes = { apiVersion: 'v1', resource: 'nodes' }
  await admin.create(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/hostname': name, 'nvidia.com/gpu.present': 'true', ...labels },
    },
    spec: {},
    status: {
      allocatable: { cpu: '16', memory: '64Gi', pods: '110' },
      capacity: { cpu: '16', memory: '64Gi', pods: '110' },
    },
  } as ClusterObject)
  return until(`node ${name} to be ready for pods`, async () => {
    const node = await admin.get({ ...nodes, name })
    const spec = node?.['spec'] as { readonly taints?: readonly unknown[] } | undefined
    return conditionOf(node, 'Ready') === 'True' && (spec?.taints ?? []).length === 0 ? node : null
  })
}

/** `True`, `False` or `Unknown`; undefined: the object has no such condition. */
export function conditionOf(object: ClusterObject | null, type: string): string | undefined {
  const status = object?.['status'] as
    | { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
    | undefined
  return status?.conditions?.find((condition) => condition.type === type)?.status
}

/** `Pending`, `Running`, `Succeeded` or `Failed`; undefined: there is no such pod. */
export function phaseOf(pod: ClusterObject | null): string | undefined {
  return (pod?.['status'] as { readonly phase?: string } | undefined)?.phase
}
