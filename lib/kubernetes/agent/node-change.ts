import type { AgentNode, AgentNodeChange, AgentRecord } from '../../../types/kubernetes/agent.js'
import type { JsonPatchOperation } from '../../../types/kubernetes/cluster-client.js'
import { clientLabels, fenceTaint, pausedValue, recordAnnotation, stateLabel } from './names.js'
import { formatRecord } from './record.js'

/** A taint of a node. */
interface Taint {
  readonly key?: unknown
  readonly effect?: unknown
}

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
    ...changesOf('labels', labels, {
      ...changes,
      ...(record.state === null || dryRun ? {} : { [stateLabel]: record.state }),
    }),
    ...changesOf('annotations', node.metadata.annotations ?? {}, {
      [recordAnnotation]: formatRecord(record),
    }),
    ...taintChange(node, record.fenced),
  ]
  return { record, operations: operations.length === 0 ? [] : [testVersion(node), ...operations] }
}

/** The API server refuses the patch where the node has changed since. */
function testVersion({ metadata }: AgentNode): JsonPatchOperation {
  return { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }
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

function changesOf(
  field: 'labels' | 'annotations',
  now: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): readonly JsonPatchOperation[] {
  const changed = Object.entries(wanted).filter(([name, value]) => now[name] !== value)
  if (changed.length === 0) return []
  // A patch cannot add to a field that is missing.
  if (Object.keys(now).length === 0)
    return [{ op: 'add', path: `/metadata/${field}`, value: Object.fromEntries(changed) }]
  return changed.map(([name, value]) => ({
    op: 'add',
    path: `/metadata/${field}/${escapePointer(name)}`,
    value,
  }))
}

/** Only our own taint comes and goes, each time at its own place in the list. */
function taintChange(node: AgentNode, fenced: boolean): readonly JsonPatchOperation[] {
  const spec = (node['spec'] ?? null) as { readonly taints?: readonly Taint[] } | null
  const taints = spec?.taints ?? []
  const place = taints.findIndex(
    ({ key, effect }) => key === fenceTaint.key && effect === fenceTaint.effect,
  )
  if (fenced === place >= 0) return []
  if (!fenced) return [{ op: 'remove', path: `/spec/taints/${place}` }]
  if (taints.length > 0) return [{ op: 'add', path: '/spec/taints/-', value: fenceTaint }]
  const list: JsonPatchOperation = { op: 'add', path: '/spec/taints', value: [fenceTaint] }
  return spec === null ? [{ op: 'add', path: '/spec', value: { taints: [fenceTaint] } }] : [list]
}

/** RFC 6901 */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
