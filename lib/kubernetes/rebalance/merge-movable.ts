import { cached } from '../../model/cached.js'
import { sum } from '../../model/numbers.js'
import type { ClusterModel, Demand } from './cluster-model.js'

/**
 * The cluster with one demand for all movable pods that differ in their budgets alone, and one budget for all of them: what all budgets
 * allow together. A plan for it has to keep to each budget when it names pods. Its bounds hold for the cluster itself.
 */
export function mergeMovable(cluster: ClusterModel): ClusterModel {
  const { demands, nodes, budgets } = cluster
  const movable = demands.filter(({ figure }) => figure < 0)
  const others = demands.filter(({ figure }) => figure >= 0)
  const groups = new Map<string, Demand[]>()
  for (const demand of movable) {
    const admits = nodes.map((node) => Number(node.admits[demand.number] === true)).join('')
    const key = `${demand.devices.join()} ${admits} ${demand.budgets.length > 0}`
    cached(groups, key, (): Demand[] => []).push(demand)
  }
  if (groups.size === movable.length) return cluster
  const mergedOf = new Map<number, number>()
  const merged = Array.from(groups.values(), (members, index): Demand => {
    const number = others.length + index
    for (const member of members) mergedOf.set(member.number, number)
    const [{ devices }] = members as [Demand]
    return {
      number,
      figure: -1,
      devices,
      pods: members.flatMap(({ pods }) => pods),
      perNode: 0,
      budgets: members.some(({ budgets: own }) => own.length > 0) ? [0] : [],
    }
  })
  const used = new Set(movable.flatMap(({ budgets: own }) => own))
  const counting = budgets.filter((_, index) => used.has(index))
  return {
    ...cluster,
    demands: [...others, ...merged],
    budgets: [
      {
        names: counting.flatMap(({ names }) => names),
        allowed: sum(counting.map(({ allowed }) => allowed)),
      },
    ],
    nodes: nodes.map((node) => ({
      ...node,
      gpus: node.gpus.map((gpu) => ({
        ...gpu,
        items: gpu.items.map((item) =>
          typeof item.use === 'number'
            ? { ...item, use: mergedOf.get(item.use) ?? item.use }
            : item,
        ),
      })),
      admits: [
        ...others.map(({ number }) => node.admits[number] === true),
        ...Array.from(groups.values(), ([first]) => node.admits[first?.number ?? -1] === true),
      ],
    })),
  }
}
