import type { AgentNode, AgentNodeChange, AgentRecord } from '../../../types/kubernetes/agent.js'
import { metadataChange } from './metadata-change.js'
import { clientLabels, fenceTaint, pausedValue, recordAnnotation, stateLabel } from './names.js'
import { formatRecord } from './record.js'
import { taintChange, testVersion } from './taint-change.js'

/**
 * What brings a node to a record: the annotation, the label of the state, our taint, and the labels of paused clients, all in one
 * patch. So an agent that is killed leaves no taint and no pause without a record of them. A value that somebody has
 * changed in the meantime stays.
 */
export function nodeChangeOf(
  node: AgentNode,
  wanted: AgentRecord,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): AgentNodeChange {
  const labels = node.metadata.labels ?? {}
  const { paused, changes } = wanted.pausing ? pause(labels, wanted) : resume(labels, wanted)
  const record = { ...wanted, paused }
  const operations = [
    ...metadataChange(node, 'labels', {
      ...changes,
      ...(record.state === null || dryRun ? {} : { [stateLabel]: record.state }),
    }),
    ...metadataChange(node, 'annotations', {
      [recordAnnotation]: formatRecord(record),
    }),
    ...taintChange(node, fenceTaint, record.fenced),
  ]
  return { record, operations: operations.length === 0 ? [] : [testVersion(node), ...operations] }
}

interface ClientChange {
  readonly paused: AgentRecord['paused']
  readonly changes: Readonly<Record<string, string>>
}

/** Clients that are not wanted on the node stay as they are. */
function pause(labels: Readonly<Record<string, string>>, { paused }: AgentRecord): ClientChange {
  const running = clientLabels.filter(
    (name) =>
      labels[name] !== undefined && labels[name] !== 'false' && labels[name] !== pausedValue,
  )
  // One that is paused and not recorded: an agent before us, or mig-manager, has died. It writes `true` in the end.
  const left = clientLabels.filter(
    (name) => labels[name] === pausedValue && paused[name] === undefined,
  )
  return {
    paused: {
      ...paused,
      ...Object.fromEntries(left.map((name) => [name, 'true'])),
      ...Object.fromEntries(running.map((name) => [name, labels[name] ?? 'true'])),
    },
    changes: Object.fromEntries(running.map((name) => [name, pausedValue])),
  }
}

function resume(
  labels: Readonly<Record<string, string>>,
  { paused, step }: AgentRecord,
): ClientChange {
  const recorded = Object.entries(paused).filter(([name]) => labels[name] === pausedValue)
  const left =
    step === 'resume' || step === 'unfence'
      ? clientLabels.filter((name) => labels[name] === pausedValue && paused[name] === undefined)
      : []
  return {
    paused: {},
    changes: Object.fromEntries([...recorded, ...left.map((name) => [name, 'true'] as const)]),
  }
}
