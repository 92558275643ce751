import type { Budget } from '../../fleet/program/linear-program.js'
import { cached } from '../../model/cached.js'
import { groupBy } from '../../model/group-by.js'
import { at, sum } from '../../model/numbers.js'
import type { ClusterModel, Demand, ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import type { DraftPlace } from './draft-plan.js'
import type { OptionLister } from './gpu-options.js'

/** More instances of one GPU than any has. */
const mostDestroyed = 16

/** How far a plan may go. */
export interface PlanLimits {
  readonly maxNodes: number
  readonly budget: Budget
}

/**
 * Lets further pods in, the first priority first, and then fills reserves: each where the fewest instances go, on a node that changes
 * anyway where there is one. It needs no solver, so it is what is left when the time is up.
 */
export function growForWaiting(
  cluster: ClusterModel,
  lister: OptionLister,
  chosen: Map<ModelGpu, GpuOption>,
  places: DraftPlace[],
  { maxNodes, budget }: PlanLimits,
): void {
  const { demands, nodes, sizes } = cluster
  const left = demands.map(({ pods, figure }) => (figure < 0 ? 0 : pods.length))
  for (const { demand } of places) left[demand] = (left[demand] ?? 0) - 1
  // What is idle on each node beside what its pods take.
  const spares = new Map<ModelNode, number[]>()
  const taken = groupBy(places, ({ node }) => node)
  const spareOf = (node: ModelNode): number[] =>
    cached(spares, node, () => {
      const options = node.gpus.map((gpu) => chosen.get(gpu) ?? at(lister.list(gpu), 0))
      const used = (taken.get(node) ?? []).map(({ demand }) => demands[demand]?.devices ?? [])
      return sizes.map(
        (_, size) =>
          sum(options.map(({ supply }) => supply[size] ?? 0)) -
          sum(used.map((devices) => devices[size] ?? 0)),
      )
    })
  const changed = new Set(nodes.filter(({ gpus }) => gpus.some((gpu) => chosen.get(gpu)?.changes)))
  const reserves = demands.filter(({ perNode }) => perNode > 0)
  const reservedOn = ({ admits }: ModelNode): readonly number[] =>
    sizes.map((_, size) =>
      sum(
        reserves
          .filter(({ number }) => admits[number] === true)
          .map(({ devices, perNode }) => perNode * (devices[size] ?? 0)),
      ),
    )
  /** How many more of a demand the node may take: of a reserve, those that are missing. */
  const openOn = (node: ModelNode, { perNode, devices }: Demand): number => {
    if (perNode === 0) return Number.POSITIVE_INFINITY
    return perNode - (spareOf(node)[devices.indexOf(1)] ?? 0)
  }
  const waiting = demands
    .filter(({ number, perNode }) => perNode > 0 || (left[number] ?? 0) > 0)
    .toSorted((a, b) => a.figure - b.figure || sum(b.devices) - sum(a.devices))
  for (const demand of waiting) {
    const isReserve = demand.perNode > 0
    let wanted = isReserve
      ? sum(
          nodes
            .filter(({ admits }) => admits[demand.number] === true)
            .map((node) => Math.max(0, openOn(node, demand))),
        )
      : (left[demand.number] ?? 0)
    // Only changes of one GPU: its own devices of the pod are new, or are made free.
    for (let most = 0; most <= mostDestroyed && wanted > 0; most += 1) {
      let fewest = mostDestroyed + 1
      for (const node of orderNodes(nodes, demand, changed)) {
        if (wanted === 0 || !budget.spend(1)) break
        if (!changed.has(node) && changed.size >= maxNodes) continue
        for (const gpu of node.gpus) {
          if (lister.list(gpu).length === 1) continue
          while (wanted > 0 && openOn(node, demand) > 0) {
            const now = chosen.get(gpu) ?? at(lister.list(gpu), 0)
            const spare = spareOf(node)
            // A pod comes before all reserves.
            const reserved = isReserve ? reservedOn(node) : []
            const more = now.supply.map((count, size) => {
              const unused = Math.max(0, (spare[size] ?? 0) - (reserved[size] ?? 0))
              return Math.max(0, count - unused) + (demand.devices[size] ?? 0)
            })
            const grown = lister.cheapest(gpu, more, now)
            if (grown === null || isLess(grown, now)) break
            const extra =
              grown.destroyed.length - now.destroyed.length + grown.modeCost - now.modeCost
            fewest = Math.min(fewest, Math.max(extra, 0))
            if (extra > most) break
            chosen.set(gpu, grown)
            for (const size of spare.keys())
              spare[size] =
                (spare[size] ?? 0) -
                (now.supply[size] ?? 0) +
                (grown.supply[size] ?? 0) -
                (isReserve ? 0 : (demand.devices[size] ?? 0))
            changed.add(node)
            if (!isReserve) places.push({ demand: demand.number, node })
            wanted -= 1
          }
        }
      }
      if (fewest > most + 1) most = fewest - 1
    }
    left[demand.number] = wanted
  }
}

/** Pods that move go on moving. */
function isLess(grown: GpuOption, now: GpuOption): boolean {
  return grown.evicted.length < now.evicted.length
}

function orderNodes(
  nodes: readonly ModelNode[],
  { number }: Demand,
  changed: ReadonlySet<ModelNode>,
): readonly ModelNode[] {
  const open = nodes.filter(({ admits }) => admits[number] === true)
  return [...open.filter((node) => changed.has(node)), ...open.filter((node) => !changed.has(node))]
}
