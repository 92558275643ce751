import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import { isMigError } from '../../errors.js'
import { layoutAnnotation, recordAnnotation } from '../agent/names.js'
import { parseRecord } from '../agent/record.js'
import { readNodeLayout } from './read-node-layout.js'

/** The layout that a node publishes, and why it may not be the present one. Null: there is none, or no such reason. */
export interface SeenLayout {
  readonly layout: NodeLayout | null
  readonly warning: string | null
}

export function seeLayout({ metadata }: ClusterObject, now: number): SeenLayout {
  const { annotations = {} } = metadata
  const { layout, problem } = readLayout(annotations[layoutAnnotation])
  const record = parseRecord(annotations[recordAnnotation] ?? '')
  return { layout, warning: problem ?? (layout === null ? null : warningOf(layout, record, now)) }
}

function readLayout(text: string | undefined): {
  readonly layout: NodeLayout | null
  readonly problem: string | null
} {
  if (text === undefined) return { layout: null, problem: null }
  try {
    return { layout: readNodeLayout(text), problem: null }
  } catch (error) {
    if (!isMigError(error)) throw error
    return { layout: null, problem: error.message }
  }
}

function warningOf(layout: NodeLayout, record: AgentRecord | null, now: number): string | null {
  if (Date.parse(layout.validUntil) < now)
    return `the layout is that of ${layout.readAt}: since then, its agent has not run, or has reached neither driver nor cluster`
  if (record === null) return null
  if (record.step !== 'idle' && record.changed)
    return 'the layout is being changed, and is shown as it was last seen'
  return record.step === 'idle' && layout.run < record.run
    ? 'a change has just ended, and the layout is the one before'
    : null
}

/** Whether its kubelet says that it is ready for pods. */
export function isReady(node: ClusterObject): boolean {
  const { conditions = [] } = (node['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
