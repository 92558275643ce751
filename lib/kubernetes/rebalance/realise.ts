import { numberAt } from '../../model/numbers.js'
import { chooseGpus } from './choose-gpus.js'
import type { RebalanceProgram } from './class-program.js'
import type { ClusterModel, ModelGpu } from './cluster-model.js'
import { compareOptions, type GpuOption } from './compare-options.js'
import { type DraftPlace, type DraftPlan, isPossible, lesserPlan, measure } from './draft-plan.js'
import type { OptionLister } from './gpu-options.js'
import { growForWaiting, type PlanLimits } from './grow-plan.js'
import { type NodeOrder, placePods, type Wanted } from './place-pods.js'
import { createPurse } from './purse.js'

/**
 * A plan for the counts of a solution: names GPUs, on as few nodes as possible, and puts the pods on nodes. What no pod and no reserve
 * needs is not done. Null: the pods that have to move find no places.
 */
export function realise(
  cluster: ClusterModel,
  lister: OptionLister,
  program: RebalanceProgram,
  counts: Float64Array,
  limits: PlanLimits,
): DraftPlan | null {
  const chosen = chooseGpus(lister, createPurse(cluster, limits.maxNodes), program, counts)
  const wanted = program.places.flatMap(({ demand, cell, column }): readonly Wanted[] => {
    const count = numberAt(counts, column)
    if (cluster.demands[demand]?.perNode !== 0 || count <= 0.5) return []
    return [{ demand, nodes: cell.nodes, count: Math.round(count) }]
  })
  return complete(cluster, lister, chosen, wanted, limits)
}

/** A plan of changes: puts the pods on nodes, lets in those that are left, and takes back what nobody needs. */
export function complete(
  cluster: ClusterModel,
  lister: OptionLister,
  chosen: ReadonlyMap<ModelGpu, GpuOption>,
  wanted: readonly Wanted[],
  limits: PlanLimits,
): DraftPlan | null {
  const completeIn = (order: NodeOrder): DraftPlan | null => {
    const changes = new Map(chosen)
    const placed = [...placePods(cluster, lister, wanted, changes, order)]
    growForWaiting(cluster, lister, changes, placed, limits)
    trim(cluster, lister, changes, placed)
    const places = dropSpare(cluster, changes, placed)
    if (places.length < placed.length) trim(cluster, lister, changes, places)
    if (!isPossible(cluster, lister, changes, places)) return null
    return { chosen: changes, places, values: measure(cluster, lister, changes, places) }
  }
  const plan = completeIn('given')
  // Where nothing may change, a pod for which no room is left where it could be costs a change that admits nothing.
  return limits.maxNodes > 0 ? plan : lesserPlan(completeIn('fullest-first'), plan)
}

/** Takes back what nobody needs, GPU by GPU. */
function trim(
  cluster: ClusterModel,
  lister: OptionLister,
  chosen: Map<ModelGpu, GpuOption>,
  places: readonly DraftPlace[],
): void {
  const { nodes, demands, sizes } = cluster
  const need = nodes.map(() => sizes.map(() => 0))
  const addNeed = (node: number, devices: readonly number[], times: number): void => {
    const list = need[node] ?? []
    for (const [size, count] of devices.entries()) list[size] = (list[size] ?? 0) + count * times
  }
  for (const { demand, node } of places) addNeed(node.number, demands[demand]?.devices ?? [], 1)
  for (const { number, perNode, devices } of demands) {
    if (perNode === 0) continue
    for (const { number: node, admits } of nodes)
      if (admits[number] === true) addNeed(node, devices, perNode)
  }
  for (const { number, gpus } of nodes) {
    const changed = gpus.filter((gpu) => chosen.has(gpu))
    if (changed.length === 0) continue
    const supply = sizes.map((_, size) =>
      gpus.reduce(
        (sum, gpu) => sum + ((chosen.get(gpu) ?? lister.list(gpu)[0])?.supply[size] ?? 0),
        0,
      ),
    )
    for (const gpu of changed) {
      const now = chosen.get(gpu) as GpuOption
      const needed = now.supply.map((count, size) =>
        Math.max(0, count - Math.max(0, (supply[size] ?? 0) - (need[number]?.[size] ?? 0))),
      )
      const better = cheaper(now, lister.cheapest(gpu, needed, now))
      for (const size of sizes.keys())
        supply[size] = (supply[size] ?? 0) - (now.supply[size] ?? 0) + (better.supply[size] ?? 0)
      if (better.changes || better.evicted.length > 0) chosen.set(gpu, better)
      else chosen.delete(gpu)
    }
  }
}

function cheaper(now: GpuOption, other: GpuOption | null): GpuOption {
  return other !== null && compareOptions(other, now) < 0 ? other : now
}

/** Without places for pods that do not move after all. */
function dropSpare(
  { demands }: ClusterModel,
  chosen: ReadonlyMap<ModelGpu, GpuOption>,
  places: readonly DraftPlace[],
): readonly DraftPlace[] {
  const moving = demands.map(() => 0)
  for (const { moved } of chosen.values())
    for (const demand of moved) moving[demand] = (moving[demand] ?? 0) + 1
  return places.filter(({ demand }) => {
    if ((demands[demand]?.figure ?? 0) >= 0) return true
    moving[demand] = (moving[demand] ?? 0) - 1
    return (moving[demand] ?? 0) >= 0
  })
}
