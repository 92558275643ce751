import type { ClusterModel, ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'

/** What the budgets of pods and the number of nodes still allow. */
export interface Purse {
  /** Whether all pods that an option moves may go, and its node may change. */
  readonly allows: (gpu: ModelGpu, option: GpuOption) => boolean
  readonly spend: (gpu: ModelGpu, option: GpuOption) => void
}

export function createPurse({ problem, nodes }: ClusterModel, maxNodes: number): Purse {
  const nodeOf = new Map(nodes.flatMap((node) => node.gpus.map((gpu) => [gpu, node] as const)))
  const changed = new Set<ModelNode | undefined>()
  const left = new Map(Object.entries(problem.budgets ?? {}))
  const budgetsOf = new Map(problem.movable?.map(({ id, budgets = [] }) => [id, budgets] as const))
  const namesOf = ({ items }: ModelGpu, { evicted }: GpuOption): readonly string[] =>
    evicted.flatMap((item) => budgetsOf.get(items[item]?.pod ?? '') ?? [])
  return {
    allows: (gpu, option) => {
      if (option.changes && changed.size >= maxNodes && !changed.has(nodeOf.get(gpu))) return false
      const names = namesOf(gpu, option)
      return names.every(
        (name) => names.filter((other) => other === name).length <= (left.get(name) ?? 0),
      )
    },
    spend: (gpu, option) => {
      if (option.changes) changed.add(nodeOf.get(gpu))
      for (const name of namesOf(gpu, option)) left.set(name, (left.get(name) ?? 0) - 1)
    },
  }
}
