import type { MovablePod } from '../../../types/kubernetes/rebalance.js'
import { invalid } from '../../fleet/model/invalid.js'
import { cached } from '../../model/cached.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import type { ModelNode } from './cluster-model.js'

/** Throws `MIG_FLEET_INVALID` unless each movable pod wants one device, of the size of its instance. */
export function requireOneInstanceEach(
  movable: readonly MovablePod[],
  nodes: readonly ModelNode[],
): void {
  if (movable.length === 0) return
  const held = new Map<string, string[]>()
  for (const { pod, tables, place } of nodes
    .flatMap(({ gpus }) => gpus)
    .flatMap(({ items, tables }) => items.map((item) => ({ ...item, tables })))) {
    if (pod === null) continue
    const size = tables.profiles[place.profilePosition]?.profile.name ?? ''
    cached(held, pod, (): string[] => []).push(normaliseProfileName(size))
  }
  for (const [index, { id, devices }] of movable.entries()) {
    const wanted = Object.entries(devices).filter(([, count]) => count > 0)
    const [[size, count] = ['', 0]] = wanted
    if (wanted.length !== 1 || count !== 1)
      throw invalid(['movable', index, 'devices'], 'is not one device')
    const [own, ...others] = held.get(id) ?? []
    if (others.length > 0) throw invalid(['movable', index], `holds ${others.length + 1} instances`)
    if (own !== undefined && own !== normaliseProfileName(size))
      throw invalid(['movable', index, 'devices'], `is not what ${id} holds, a ${own}`)
  }
}
