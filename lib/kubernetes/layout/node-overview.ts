import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type {
  CountBySize,
  NodeOverview,
  OverviewDevice,
} from '../../../types/kubernetes/node-overview.js'
import { advertisedOf } from '../agent/advertised.js'
import { configLabel, fenceTaint, recordAnnotation, stateLabel } from '../agent/names.js'
import { parseRecord } from '../agent/record.js'
import { drainTaint } from '../rollout/names.js'
import { devicesOfLayout } from './layout-devices.js'
import { roomOf } from './room.js'
import { isReady, seeLayout } from './seen-layout.js'

/** What a node says of its GPUs. */
export function overviewOf(node: ClusterObject, now: number): NodeOverview {
  const { name = '', labels = {}, annotations = {} } = node.metadata
  const record = parseRecord(annotations[recordAnnotation] ?? '')
  const { layout, warning } = seeLayout(node, now)
  const devices = layout === null ? [] : devicesOfLayout(layout)
  const allocatable = advertisedOf(node)
  const isKnown =
    labels['nvidia.com/gpu.count'] !== undefined || Object.keys(allocatable).length > 0
  return {
    name,
    isReady: isReady(node),
    isClosed: isClosed(node),
    source: layout !== null ? 'agent' : isKnown ? 'labels' : 'none',
    config: labels[configLabel] || null,
    state: labels[stateLabel] ?? null,
    reason: reasonOf(record, labels[configLabel]),
    layout,
    warning,
    devices,
    used: countSizes(devices.filter(isUsed)),
    free: countSizes(devices.filter((device) => !isUsed(device))),
    room: layout === null ? {} : roomOf(layout.state),
    allocatable,
  }
}

/** What an agent of before says of another configuration does not count. */
function reasonOf(record: AgentRecord | null, config: string | undefined): string | null {
  if (record === null) return null
  if (record.step === 'idle') {
    if (record.config !== config && config !== undefined) return 'its agent has not begun'
    const again = record.retryAt === null ? '' : `; next attempt at ${record.retryAt}`
    return record.reason === null ? null : `${record.reason}${again}`
  }
  const back = record.failing === null ? '' : `going back after: ${record.failing.reason}; `
  return `${back}${record.step}${record.reason === null ? '' : `: ${record.reason}`}`
}

export function isUsed({ pods, morePods, processes }: OverviewDevice): boolean {
  return pods.length + morePods + processes > 0
}

function countSizes(devices: readonly OverviewDevice[]): CountBySize {
  const counts: Record<string, number> = {}
  for (const { size } of devices) counts[size] = (counts[size] ?? 0) + 1
  return counts
}

function isClosed(node: ClusterObject): boolean {
  const { taints = [], unschedulable = false } = (node['spec'] ?? {}) as {
    readonly taints?: readonly { readonly key?: string }[]
    readonly unschedulable?: boolean
  }
  return unschedulable || taints.some(({ key }) => key === fenceTaint.key || key === drainTaint.key)
}
