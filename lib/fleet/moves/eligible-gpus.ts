import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { indexRequests } from './requests-by-id.js'

/**
 * Which GPUs the request may enter beside the instances that are there, by its rules about neighbours and by
 * theirs. Null: there are no such rules.
 */
export function findEligible(
  requests: readonly FleetRequest[],
  entries: readonly FleetGpuEntry[],
  { spread = [], avoid = [], labels = [], sameNode, id }: FleetRequest,
): ((entry: Pick<FleetGpuEntry, 'position' | 'node'>) => boolean) | null {
  const others = requests.filter((each) => each.id !== undefined && each.id !== id)
  const avoiding = others.filter((each) => each.avoid?.some(({ label }) => labels.includes(label)))
  if (spread.length + avoid.length + avoiding.length === 0 && sameNode === undefined) return null
  const requestOf = indexRequests(others)
  const counts = new Map<string, number>()
  const nodes = new Set<string | number>()
  const key = (scope: string, where: string | number, label: string): string =>
    `${scope}:${typeof where}:${where}:${label}`
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const { gpu, position, node } of entries) {
    for (const instance of gpu.layout ?? []) {
      const request = instance.id === undefined ? undefined : requestOf(instance.id)
      for (const label of new Set([...(instance.labels ?? []), ...(request?.labels ?? [])])) {
        count(key('gpu', position, label))
        count(key('node', node, label))
      }
      for (const { label, scope } of request?.avoid ?? []) {
        count(key(`avoid-${scope}`, scope === 'gpu' ? position : node, label))
      }
      if (sameNode !== undefined && request?.sameNode === sameNode) nodes.add(node)
    }
  }
  const at = (scope: string, where: string | number, label: string): number =>
    counts.get(key(scope, where, label)) ?? 0
  return ({ position, node }) =>
    (nodes.size === 0 || nodes.has(node)) &&
    spread.every(
      ({ label, maxPerGpu = Infinity, maxPerNode = Infinity }) =>
        at('gpu', position, label) < maxPerGpu && at('node', node, label) < maxPerNode,
    ) &&
    avoid.every(({ label, scope }) => at(scope, scope === 'gpu' ? position : node, label) === 0) &&
    labels.every(
      (label) => at('avoid-gpu', position, label) === 0 && at('avoid-node', node, label) === 0,
    )
}
