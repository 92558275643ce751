import type { ClusterModel, ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import { createStock, type DraftPlace } from './draft-plan.js'
import type { OptionLister } from './gpu-options.js'

export type NodeOrder = 'given' | 'fullest-first'

/** More devices than a node has. */
const mostDevices = 1000

/** So many of a demand on these nodes. */
export interface Wanted {
  readonly demand: number
  readonly nodes: readonly ModelNode[]
  readonly count: number
}

/**
 * As many of each demand on its nodes as is wanted, and then what still finds a place, by priority. `fullest-first`: nodes with
 * the fewest devices left come first, so that pods with several devices find them together, and reserves stay.
 */
export function placePods(
  cluster: ClusterModel,
  lister: OptionLister,
  counts: readonly Wanted[],
  chosen: ReadonlyMap<ModelGpu, GpuOption>,
  order: NodeOrder,
): readonly DraftPlace[] {
  const { demands, nodes } = cluster
  const stock = createStock(cluster, (gpu) => chosen.get(gpu) ?? (lister.list(gpu)[0] as GpuOption))
  const places: DraftPlace[] = []
  const left = demands.map(({ pods }) => pods.length)
  const moving = demands.map(() => 0)
  for (const { moved } of chosen.values())
    for (const demand of moved) moving[demand] = (moving[demand] ?? 0) + 1
  for (const { number, figure } of demands) if (figure < 0) left[number] = moving[number] ?? 0
  const sizeOf = (demand: number): number =>
    (demands[demand]?.devices ?? []).reduce((sum, count) => sum + count, 0)
  const reserved = createReserves(cluster)
  /** What is left once the devices are taken. Nodes with a reserve to keep come last. */
  const restOn = (node: ModelNode, devices: readonly number[]): number => {
    let rest = 0
    let missing = 0
    for (const [size, count] of devices.entries()) {
      if (count === 0) continue
      const over = (stock.left(node)[size] ?? 0) - count
      rest += over
      missing += Math.max(0, (reserved(node)[size] ?? 0) - over)
    }
    return rest + missing * mostDevices
  }
  const put = (demand: number, among: readonly ModelNode[], most: number): void => {
    const devices = demands[demand]?.devices ?? []
    let wanted = Math.min(most, left[demand] ?? 0)
    const open = among
      .filter((node) => stock.has(node, devices))
      .map((node) => ({ node, rest: order === 'given' ? 0 : restOn(node, devices) }))
      .sort((a, b) => a.rest - b.rest)
    for (const { node } of open) {
      while (wanted > 0 && stock.has(node, devices)) {
        stock.take(node, devices)
        places.push({ demand, node })
        left[demand] = (left[demand] ?? 0) - 1
        wanted -= 1
      }
      if (wanted === 0) return
    }
  }
  const solved = counts.toSorted((a, b) => sizeOf(b.demand) - sizeOf(a.demand))
  for (const { demand, nodes: among, count } of solved) put(demand, among, count)
  const rest = demands
    .filter(({ perNode }) => perNode === 0)
    .toSorted((a, b) => a.figure - b.figure || sizeOf(b.number) - sizeOf(a.number))
  for (const { number } of rest) {
    if ((left[number] ?? 0) === 0) continue
    put(
      number,
      nodes.filter(({ admits }) => admits[number] === true),
      Number.POSITIVE_INFINITY,
    )
  }
  return places
}

/** Devices of each size that reserves keep on a node. */
function createReserves({ demands, sizes }: ClusterModel): (node: ModelNode) => readonly number[] {
  const reserves = demands.filter(({ perNode }) => perNode > 0)
  const none = sizes.map(() => 0)
  return ({ admits }) =>
    reserves.length === 0
      ? none
      : sizes.map((_, size) =>
          reserves.reduce(
            (sum, { number, devices, perNode }) =>
              sum + (admits[number] === true ? perNode * (devices[size] ?? 0) : 0),
            0,
          ),
        )
}
