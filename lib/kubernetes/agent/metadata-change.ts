import type { ClusterObject, JsonPatchOperation } from '../../../types/kubernetes/cluster-client.js'

/** What brings labels or annotations of an object to these values; null removes one. Others stay. */
export function metadataChange(
  { metadata }: ClusterObject,
  field: 'labels' | 'annotations',
  wanted: Readonly<Record<string, string | null>>,
): readonly JsonPatchOperation[] {
  const now = metadata[field] ?? {}
  const added = Object.entries(wanted).filter(
    (entry): entry is [string, string] => entry[1] !== null && now[entry[0]] !== entry[1],
  )
  const removed = Object.keys(wanted).filter(
    (name) => wanted[name] === null && now[name] !== undefined,
  )
  const removals = removed.map(
    (name): JsonPatchOperation => ({ op: 'remove', path: pathOf(field, name) }),
  )
  if (added.length === 0) return removals
  // A patch cannot add to a field that is missing.
  if (Object.keys(now).length === 0)
    return [{ op: 'add', path: `/metadata/${field}`, value: Object.fromEntries(added) }]
  return [
    ...added.map(
      ([name, value]): JsonPatchOperation => ({ op: 'add', path: pathOf(field, name), value }),
    ),
    ...removals,
  ]
}

/** RFC 6901 */
function pathOf(field: string, name: string): string {
  return `/metadata/${field}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
