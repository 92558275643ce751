import { sum } from '../../model/numbers.js'
import type { ClusterModel, ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import type { OptionLister } from './gpu-options.js'

/** Which demand gets devices on which node. */
export interface DraftPlace {
  readonly demand: number
  readonly node: ModelNode
}

/** A plan in numbers: how each GPU changes, and where each demand goes. */
export interface DraftPlan {
  /** GPUs that are not listed change nothing. */
  readonly chosen: ReadonlyMap<ModelGpu, GpuOption>
  readonly places: readonly DraftPlace[]
  /** By figure. */
  readonly values: readonly number[]
}

/** What is idle on each node, while demands are put there one by one. */
export function createStock(
  { nodes, sizes }: ClusterModel,
  optionOf: (gpu: ModelGpu) => GpuOption,
): {
  readonly has: (node: ModelNode, devices: readonly number[]) => boolean
  readonly take: (node: ModelNode, devices: readonly number[]) => void
  readonly left: (node: ModelNode) => readonly number[]
} {
  const stock = nodes.map(({ gpus }) => {
    const left = sizes.map(() => 0)
    for (const gpu of gpus)
      for (const [size, count] of optionOf(gpu).supply.entries())
        left[size] = (left[size] ?? 0) + count
    return left
  })
  const left = (node: ModelNode): number[] => stock[node.number] ?? []
  return {
    has: (node, devices) => devices.every((count, size) => count <= (left(node)[size] ?? 0)),
    take: (node, devices) => {
      const list = left(node)
      for (const [size, count] of devices.entries()) list[size] = (list[size] ?? 0) - count
    },
    left,
  }
}

/** The figures of a plan whose places are all possible. */
export function measure(
  cluster: ClusterModel,
  lister: OptionLister,
  chosen: DraftPlan['chosen'],
  places: readonly DraftPlace[],
): readonly number[] {
  const { nodes, demands, figures, mix } = cluster
  const optionOf = (gpu: ModelGpu): GpuOption =>
    chosen.get(gpu) ?? (lister.list(gpu)[0] as GpuOption)
  const stock = createStock(cluster, optionOf)
  const placed = demands.map(() => 0)
  let used = 0
  for (const { demand, node } of places) {
    const devices = demands[demand]?.devices ?? []
    placed[demand] = (placed[demand] ?? 0) + 1
    stock.take(node, devices)
    used += sum(devices.map((count, size) => count * (mix[size] ?? 0)))
  }
  const changed = [...chosen.values()]
  const figureOf = (name: string, index: number): number => {
    switch (name) {
      case 'waiting':
        return sum(
          demands
            .filter(({ figure }) => figure === index)
            .map(({ number, pods }) => pods.length - (placed[number] ?? 0)),
        )
      case 'reserves':
        return sum(
          demands
            .filter(({ perNode }) => perNode > 0)
            .flatMap(({ number, devices, perNode }) =>
              nodes
                .filter(({ admits }) => admits[number] === true)
                .map((node) => {
                  const size = devices.findIndex((count) => count > 0)
                  return Math.max(0, perNode - Math.max(0, stock.left(node)[size] ?? 0))
                }),
            ),
        )
      case 'evictions':
        return sum(changed.map(({ evicted }) => evicted.length))
      case 'modeChanges':
        return sum(changed.map(({ modeCost }) => modeCost))
      case 'destroyed':
        return sum(changed.map(({ destroyed }) => destroyed.length))
      case 'nodes':
        return nodes.filter(({ gpus }) => gpus.some((gpu) => optionOf(gpu).changes)).length
      default:
        return (
          used +
          sum(
            nodes.flatMap(({ gpus }) =>
              gpus.map((gpu) => lister.mostRoom(gpu) - optionOf(gpu).room),
            ),
          )
        )
    }
  }
  return figures.map(({ name }, index) => figureOf(name, index))
}

/** Whether every place can be had, and every pod that moves has one. */
export function isPossible(
  cluster: ClusterModel,
  lister: OptionLister,
  chosen: DraftPlan['chosen'],
  places: readonly DraftPlace[],
): boolean {
  const stock = createStock(cluster, (gpu) => chosen.get(gpu) ?? (lister.list(gpu)[0] as GpuOption))
  const moving = cluster.demands.map(() => 0)
  for (const { moved } of chosen.values())
    for (const demand of moved) moving[demand] = (moving[demand] ?? 0) + 1
  for (const { demand, node } of places) {
    const { devices = [], figure = 0 } = cluster.demands[demand] ?? {}
    if (!stock.has(node, devices)) return false
    stock.take(node, devices)
    if (figure < 0) moving[demand] = (moving[demand] ?? 0) - 1
  }
  return moving.every((count) => count <= 0)
}

/** Below 0: the first is better. */
export function compareValues(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The better one. Null: none. */
export function lesserPlan(plan: DraftPlan | null, best: DraftPlan | null): DraftPlan | null {
  if (plan === null || best === null) return plan ?? best
  return compareValues(plan.values, best.values) < 0 ? plan : best
}
