import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RolloutNode } from '../../../types/kubernetes/rollout.js'
import { configLabel, recordAnnotation, stateLabel } from '../agent/names.js'
import { parseRecord } from '../agent/record.js'

/** How far a node is. What its agent says counts only for this configuration. */
export function progressOf(node: ClusterObject, config: string): RolloutNode {
  const { name = '', labels = {}, annotations = {} } = node.metadata
  const record = parseRecord(annotations[recordAnnotation] ?? '')
  const isOurs = labels[configLabel] === config
  const isOver = record !== null && record.config === config && record.step === 'idle'
  const state = isOver ? labels[stateLabel] : undefined
  return {
    name,
    progress: !isOurs
      ? 'todo'
      : state === 'success'
        ? 'done'
        : state === 'failed'
          ? 'failed'
          : 'running',
    reason: isOurs ? reasonOf(record, config) : null,
    isReady: isReady(node),
  }
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
