import type {
  AdmittedPod,
  GpuRebalance,
  PlannedInstance,
  RebalanceFigure,
  RebalancePlan,
  RebalancePod,
  RebalancePrices,
} from '../../../types/kubernetes/rebalance.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { Cell } from './cells.js'
import type { ClusterModel, ModelGpu } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import type { DraftPlan } from './draft-plan.js'
import { gapOf } from './gap.js'
import type { OptionLister } from './gpu-options.js'
import { type Leaving, orderMoves } from './order-moves.js'
import type { ClassPrices } from './price-bound.js'
import type { SolvedPlan } from './solve-plan.js'
import { listWaiting } from './why-waiting.js'

/** The public form of a plan. */
export function namePlan(
  cluster: ClusterModel,
  lister: OptionLister,
  cells: readonly Cell[],
  { draft, lowerBounds, prices, askedHighs }: SolvedPlan,
  stopped: RebalancePlan['stopped'],
): RebalancePlan {
  const { chosen, values } = draft
  const pods = placePods(cluster, lister, draft)
  const objective = cluster.figures.map(({ name, priority }, index): RebalanceFigure => {
    const value = values[index] ?? 0
    const lowerBound = lowerBounds[index] ?? 0
    return { name, ...(priority === undefined ? {} : { priority }), value, lowerBound }
  })
  return {
    changes: cluster.nodes.flatMap((node) => {
      const gpus = node.gpus
        .filter((gpu) => chosen.get(gpu)?.changes === true)
        .map((gpu) => nameChange(gpu, chosen.get(gpu) as GpuOption, lister))
      return gpus.length === 0 ? [] : [{ node: node.given.name, gpus }]
    }),
    ...pods,
    objective,
    gap: gapOf(objective),
    proof: askedHighs ? 'milp' : 'prices',
    certificate: prices.map((each) => namePrices(cluster, cells, each)),
    stopped,
  }
}

function nameChange(gpu: ModelGpu, option: GpuOption, lister: OptionLister): GpuRebalance {
  const { items, tables, given } = gpu
  const name = ({ profilePosition, placement }: CompiledPlacement): PlannedInstance => {
    const profile = tables.profiles[profilePosition]?.profile
    return { profileId: profile?.id ?? -1, size: profile?.name ?? '', placement: { ...placement } }
  }
  const sorted = (places: readonly CompiledPlacement[]): readonly PlannedInstance[] =>
    places.map(name).sort(byPlacement)
  const added = lister.places(gpu, option)
  const isLost = option.destroyed.some(
    (item) => items[item]?.use !== 'idle' && !option.evicted.includes(item),
  )
  // Nothing leads here; a mistake in the search must not cost a pod its instance.
  if (isLost) throw new Error(`the plan would destroy an instance in use on ${given.id}`)
  const kept = items.filter((_, item) => !option.destroyed.includes(item))
  return {
    gpu: given.id,
    mode: option.mode,
    destroyed: sorted(option.destroyed.flatMap((item) => items[item]?.place ?? [])),
    created: sorted(added),
    layout: sorted([...kept.map(({ place }) => place), ...added]),
  }
}

type Places = Pick<RebalancePlan, 'admitted' | 'waiting' | 'moves'>

function placePods(
  cluster: ClusterModel,
  lister: OptionLister,
  { chosen, places }: DraftPlan,
): Places {
  const { demands, problem } = cluster
  const optionOf = (gpu: ModelGpu): GpuOption => chosen.get(gpu) ?? at(lister.list(gpu), 0)
  const leaving = listLeaving(cluster, chosen)
  const going: Leaving[] = []
  for (const { demand, node } of places) {
    if (figureAt(cluster, demand) >= 0) continue
    const next = leaving.get(demand)?.shift()
    if (next !== undefined) going.push({ ...next, to: node })
  }
  const { moves, idle } = orderMoves(cluster, optionOf, going)
  // The first pods of each node take what is idle there now and stays.
  const left = idle.map((counts) => [...counts])
  const nextOf = demands.map(() => 0)
  const admitted = new Map<string, AdmittedPod>()
  for (const { demand, node } of places
    .filter((place) => figureAt(cluster, place.demand) >= 0)
    .toSorted((a, b) => figureAt(cluster, a.demand) - figureAt(cluster, b.demand))) {
    const { devices = [], pods = [] } = demands[demand] ?? {}
    const { id } = pods[nextOf[demand] ?? 0] as RebalancePod
    nextOf[demand] = (nextOf[demand] ?? 0) + 1
    const there = left[node.number] ?? []
    const isThere = devices.every((count, size) => count <= (there[size] ?? 0))
    if (isThere)
      for (const [size, count] of devices.entries()) there[size] = (there[size] ?? 0) - count
    admitted.set(id, { pod: id, node: node.given.name, afterChange: !isThere })
  }
  return {
    admitted: problem.pods.flatMap(({ id }) => admitted.get(id) ?? []),
    waiting: listWaiting(cluster, (pod) => admitted.has(pod)),
    moves,
  }
}

function figureAt({ demands }: ClusterModel, demand: number): number {
  return demands[demand]?.figure ?? 0
}

function listLeaving(
  { nodes }: ClusterModel,
  chosen: DraftPlan['chosen'],
): ReadonlyMap<number, Omit<Leaving, 'to'>[]> {
  const leaving = new Map<number, Omit<Leaving, 'to'>[]>()
  for (const from of nodes) {
    for (const gpu of from.gpus) {
      for (const index of chosen.get(gpu)?.evicted ?? []) {
        const item = at(gpu.items, index)
        if (typeof item.use !== 'number' || item.pod === null) continue
        cached(leaving, item.use, (): Omit<Leaving, 'to'>[] => []).push({
          pod: item.pod,
          item,
          gpu,
          from,
        })
      }
    }
  }
  return leaving
}

function namePrices(
  { sizes, budgets }: ClusterModel,
  cells: readonly Cell[],
  { figure, denominator, weights, sizes: prices, budgets: ofBudget }: ClassPrices,
): RebalancePrices {
  return {
    figure,
    denominator,
    weights,
    groups: cells.map(({ nodes, number }) => ({
      nodes: nodes.map(({ given }) => given.name),
      sizes: Object.fromEntries(
        sizes
          .map((size, position) => [size, prices[number]?.[position] ?? 0] as const)
          .filter(([, price]) => price > 0),
      ),
    })),
    budgets: Object.fromEntries(
      budgets
        .flatMap(({ names }, index) => names.map((name) => [name, ofBudget[index] ?? 0] as const))
        .filter(([, price]) => price > 0),
    ),
  }
}
