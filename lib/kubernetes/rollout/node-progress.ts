import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RolloutNode } from '../../../types/kubernetes/rollout.js'
import { configLabel, recordAnnotation, stateLabel } from '../agent/names.js'
import { parseRecord } from '../agent/record.js'
import { drainTaint } from './names.js'

/** How far a node is. What its agent says counts only for this configuration. */
export function progressOf(node: ClusterObject, config: string, drain: boolean): RolloutNode {
  const { name = '', labels = {}, annotations = {} } = node.metadata
  const record = parseRecord(annotations[recordAnnotation] ?? '')
  const isOurs = labels[configLabel] === config
  const isOver = record !== null && record.config === config && record.step === 'idle'
  const taint = drainTaintOf(node)
  const isDraining = drain && taint?.value === config
  const state = isOver ? labels[stateLabel] : undefined
  return {
    name,
    progress: !isOurs
      ? isDraining
        ? 'draining'
        : 'todo'
      : state === 'success'
        ? 'done'
        : state === 'failed'
          ? 'failed'
          : 'running',
    reason: isOurs ? reasonOf(record, config) : null,
    isTainted: taint !== undefined,
    isReady: isReady(node),
  }
}

/** The value is the configuration, so that a rollout of another one does not go on with it. */
function drainTaintOf(node: ClusterObject): { readonly value?: string } | undefined {
  const { taints = [] } = (node['spec'] ?? {}) as {
    readonly taints?: readonly { readonly key?: string; readonly value?: string }[]
  }
  return taints.find(({ key }) => key === drainTaint.key)
}

function reasonOf(record: ReturnType<typeof parseRecord>, config: string): string | null {
  if (record === null || record.config !== config) return 'its agent has not begun'
  if (record.step === 'idle') return record.reason
  return record.reason === null ? record.step : `${record.step}: ${record.reason}`
}

function isReady(node: ClusterObject): boolean {
  const { conditions = [] } = (node['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
