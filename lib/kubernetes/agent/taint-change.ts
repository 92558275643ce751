import type { ClusterObject, JsonPatchOperation } from '../../../types/kubernetes/cluster-client.js'

/** A taint of ours. */
export interface OwnTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule'
}

/** The API server refuses the patch where the node has changed since. */
export function testVersion({ metadata }: ClusterObject): JsonPatchOperation {
  return { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }
}

/** Only our own taint comes and goes, each time at its own place in the list. */
export function taintChange(
  node: ClusterObject,
  taint: OwnTaint,
  isWanted: boolean,
): readonly JsonPatchOperation[] {
  const spec = (node['spec'] ?? null) as { readonly taints?: readonly Partial<OwnTaint>[] } | null
  const taints = spec?.taints ?? []
  const place = taints.findIndex(({ key, effect }) => key === taint.key && effect === taint.effect)
  const isThere = place >= 0 && (taints[place]?.value ?? '') === (taint.value ?? '')
  if (isWanted && isThere) return []
  if (!isWanted) return place < 0 ? [] : [{ op: 'remove', path: `/spec/taints/${place}` }]
  if (place >= 0) return [{ op: 'replace', path: `/spec/taints/${place}`, value: taint }]
  if (taints.length > 0) return [{ op: 'add', path: '/spec/taints/-', value: taint }]
  const list: JsonPatchOperation = { op: 'add', path: '/spec/taints', value: [taint] }
  return spec === null ? [{ op: 'add', path: '/spec', value: { taints: [taint] } }] : [list]
}
