import type { FleetChanges, FleetSnapshot } from '../../../types/fleet/online.js'
import { requireList, requireObject } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'

/**
 * The snapshot that the fleet had when the changes were listed, from the one that it had at their mark. Pure:
 * both may have been stored as JSON. Throws `MIG_FLEET_INVALID` for changes that need an earlier snapshot,
 * without one.
 */
export function mergeSnapshot(
  before: FleetSnapshot | null,
  changes: Omit<FleetChanges, 'mark'>,
): FleetSnapshot {
  requireObject(changes, ['changes'])
  for (const part of ['gpus', 'goneGpus', 'requests', 'goneRequests'] as const)
    requireList(changes[part], ['changes', part])
  const { gpus, goneGpus, requests, goneRequests, isWhole, ...others } = changes
  const { mark: _mark, ...rest } = others as typeof others & { readonly mark?: unknown }
  if (isWhole === true) return { ...rest, gpus, requests }
  if (before === null) throw invalid(['before'], 'is null, but the changes are not a whole fleet')
  requireObject(before, ['before'])
  requireList(before.gpus, ['before', 'gpus'])
  requireList(before.requests, ['before', 'requests'])
  return {
    ...rest,
    gpus: replace(before.gpus, gpus, new Set(goneGpus)),
    requests: replace(before.requests, requests, new Set(goneRequests)),
  }
}

/** Without what is gone, with what changed in its old place, and what is new at the end. */
function replace<T extends { readonly id?: string }>(
  before: readonly T[],
  changed: readonly T[],
  gone: ReadonlySet<string | undefined>,
): readonly T[] {
  const byId = new Map(changed.map((each) => [each.id, each]))
  const list = before
    .filter(({ id }) => !gone.has(id))
    .map((each) => {
      const found = byId.get(each.id)
      byId.delete(each.id)
      return found ?? each
    })
  return [...list, ...byId.values()]
}
