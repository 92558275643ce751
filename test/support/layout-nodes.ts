import { listMigDevices } from '../../lib/index.js'
import { noRecord } from '../../lib/kubernetes/agent/record.js'
import { formatNodeLayout, nodeLayout } from '../../lib/kubernetes.js'
import type { AgentRecord } from '../../types/kubernetes/agent.js'
import type { ClusterObject } from '../../types/kubernetes/cluster-client.js'
import { type GpuSpec, stateOf } from './state.js'

export const noon = Date.parse('2026-11-29T12:00:00Z')

export interface LayoutNodeSpec {
  readonly name?: string
  readonly gpus?: readonly GpuSpec[]
  readonly record?: Partial<AgentRecord> | null
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly run?: number
  readonly readAt?: number
  /** Pods of the namespace `team-a` by `GPU@start` of the device that they have. */
  readonly pods?: Readonly<Record<string, string>>
  readonly spec?: object
  readonly ready?: boolean
}

/** A node with the layout that its agent publishes, at rest, with devices by size. */
export function layoutNode({
  name = 'node-1',
  gpus = [{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '1g.5gb@4'] }],
  pods = {},
  record = {},
  ready = true,
  ...given
}: LayoutNodeSpec = {}): ClusterObject {
  const state = stateOf(gpus)
  const held = Object.entries(pods).map(([pod, place]) => {
    const [gpu, start] = place.split('@').map(Number)
    const device = listMigDevices(state).find(
      ({ gpuIndex, placement }) => gpuIndex === gpu && placement?.start === start,
    )
    return { namespace: 'team-a', name: pod, devices: [String(device?.uuid)] }
  })
  const layout = nodeLayout({
    state,
    held,
    pods: held.map(({ name: pod, namespace }) => ({
      metadata: { name: pod, namespace, uid: pod },
    })),
    processes: [],
    run: given.run ?? 0,
    now: given.readAt ?? noon,
  })
  const agent = { ...noRecord, config: given.labels?.['nvidia.com/mig.config'] ?? null, ...record }
  return {
    metadata: {
      name,
      resourceVersion: '1',
      labels: { 'nvidia.com/mig.strategy': 'mixed', ...given.labels },
      annotations: {
        'mig-nvml/layout': formatNodeLayout(layout),
        ...(record === null ? {} : { 'mig-nvml/agent': JSON.stringify(agent) }),
        ...given.annotations,
      },
    },
    spec: given.spec ?? {},
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

/** A pod of the namespace `team-a` for which the scheduler has found no node. */
export function waitingPod(
  name: string,
  limits: Readonly<Record<string, string | number>>,
  more: { readonly spec?: object; readonly status?: object; readonly metadata?: object } = {},
): ClusterObject {
  return {
    metadata: { name, namespace: 'team-a', uid: name, ...more.metadata },
    spec: { containers: [{ name: 'main', resources: { limits } }], ...more.spec },
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          lastTransitionTime: '2026-11-29T11:00:00Z',
        },
      ],
      ...more.status,
    },
  }
}
