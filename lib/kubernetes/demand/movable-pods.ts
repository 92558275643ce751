import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { MovablePod, RebalanceNode } from '../../../types/kubernetes/rebalance.js'
import { fateOf } from '../agent/pod-facts.js'
import { type LabelSelector, selects } from './label-selector.js'

/** Pods that run, could come back elsewhere, and whose one instance their eviction frees. */
export function movablePods(
  pods: readonly ClusterObject[],
  budgets: readonly ClusterObject[],
  nodes: readonly RebalanceNode[],
  demandOf: (pod: ClusterObject) => MovablePod | string | null,
): readonly MovablePod[] {
  const holders = nodes.flatMap(({ gpus }) =>
    gpus.flatMap(({ heldBy, layout = [] }) => [heldBy, ...layout.map((each) => each.heldBy)]),
  )
  const held = new Map<string, number>()
  for (const holder of holders)
    if (holder !== undefined) held.set(holder, (held.get(holder) ?? 0) + 1)
  return pods.flatMap((pod) => {
    if (held.get(`${pod.metadata.namespace}/${pod.metadata.name}`) !== 1) return []
    if (fateOf(pod) !== 'evict' || !hasController(pod)) return []
    const own = budgets.filter((budget) => counts(budget, pod)).map(budgetName)
    const demand = demandOf(pod)
    // The API server evicts no pod that two budgets count.
    if (demand === null || typeof demand === 'string' || own.length > 1) return []
    return totalOf(demand) === 1 ? [{ ...demand, budgets: own }] : []
  })
}

/** How many pods may go now under each budget, as the disruption controller has counted them. */
export function allowedBy(budgets: readonly ClusterObject[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    budgets.map((budget) => {
      const { disruptionsAllowed = 0 } = (budget['status'] ?? {}) as {
        readonly disruptionsAllowed?: number
      }
      return [budgetName(budget), Math.max(0, disruptionsAllowed)]
    }),
  )
}

function budgetName({ metadata }: ClusterObject): string {
  return `${metadata.namespace}/${metadata.name}`
}

function counts(budget: ClusterObject, { metadata }: ClusterObject): boolean {
  const { selector } = (budget['spec'] ?? {}) as { readonly selector?: LabelSelector }
  return (
    budget.metadata.namespace === metadata.namespace && selects(selector, metadata.labels ?? {})
  )
}

function hasController({ metadata }: ClusterObject): boolean {
  return (metadata.ownerReferences ?? []).some(({ controller }) => controller === true)
}

function totalOf({ devices }: MovablePod): number {
  return Object.values(devices).reduce((sum, count) => sum + count, 0)
}
