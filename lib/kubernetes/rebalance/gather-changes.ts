import { cached } from '../../model/cached.js'
import type { Cell, CellClass } from './cells.js'
import type { ClusterModel, ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import type { DraftPlan } from './draft-plan.js'
import type { OptionLister } from './gpu-options.js'
import type { PlanLimits } from './grow-plan.js'
import { type Effect, listEffects } from './option-effects.js'
import type { ClassPrices } from './price-bound.js'
import { createPurse, type Purse } from './purse.js'
import { complete } from './realise.js'

/** The most that a change may cost beyond what its prices allow. */
const nearly = 1e-3

/**
 * A plan with the same devices on fewer nodes: the node on which the most of what is left can be made, again and again. Only changes
 * that `prices` of the earlier figures call as cheap as any are made. `scarcity`: how much the prices of `ofNodes` count beside the number
 * of devices. Null: pods find no places.
 */
export function gatherChanges(
  cluster: ClusterModel,
  lister: OptionLister,
  cells: readonly Cell[],
  plan: DraftPlan,
  limits: PlanLimits,
  { prices, ofNodes, scarcity }: GatherPrices,
): DraftPlan | null {
  const purse = createPurse(cluster, limits.maxNodes)
  const chosen = new Map<ModelGpu, GpuOption>()
  for (const cell of cells) {
    const cheap = cheapEffects(cluster, cell, plan, prices)
    const worths = cluster.sizes.map(
      (_, size) => 1 + (scarcity * (ofNodes.sizes[cell.number]?.[size] ?? 0)) / ofNodes.denominator,
    )
    const left = missingDevices(cluster, cell, plan)
    for (const [gpu, option] of gatherInCell(lister, cell, purse, { cheap, worths, left }))
      chosen.set(gpu, option)
  }
  const wanted = cells.flatMap(({ nodes }) => {
    const own = new Set(nodes)
    const counts = new Map<number, number>()
    for (const { demand, node } of plan.places)
      if (own.has(node)) counts.set(demand, (counts.get(demand) ?? 0) + 1)
    return Array.from(counts, ([demand, count]) => ({ demand, nodes, count }))
  })
  return complete(cluster, lister, chosen, wanted, limits)
}

export interface GatherPrices {
  readonly prices: readonly ClassPrices[]
  readonly ofNodes: ClassPrices
  readonly scarcity: number
}

/** What the pods and reserves of a cell need beyond what is idle there now. */
function missingDevices(
  { demands }: ClusterModel,
  { idle, nodes, admits }: Cell,
  { places }: DraftPlan,
): number[] {
  const left = idle.map((count) => -count)
  const add = (devices: readonly number[], times: number): void => {
    for (const [size, count] of devices.entries()) left[size] = (left[size] ?? 0) + count * times
  }
  const own = new Set(nodes)
  for (const { demand, node } of places) if (own.has(node)) add(demands[demand]?.devices ?? [], 1)
  for (const { number, perNode, devices } of demands)
    if (perNode > 0 && admits[number] === true) add(devices, perNode * nodes.length)
  return left
}

/** By class, keys of the effects that cost no more than any other. A figure that is 0 stays 0. */
function cheapEffects(
  { figures }: ClusterModel,
  { number, classes }: Cell,
  { values }: DraftPlan,
  prices: readonly ClassPrices[],
): ReadonlyMap<CellClass, ReadonlySet<string>> {
  const amounts = ({ option }: Effect): ReadonlyMap<string, number> =>
    new Map([
      ['modeChanges', option.modeCost],
      ['destroyed', option.destroyed.length],
    ])
  return new Map(
    classes.map((ofClass) => {
      let cheap = ofClass.effects
      for (const [figure, { name }] of figures.entries()) {
        const own = prices.find((each) => each.figure === figure)
        if (!amounts(ofClass.effects[0] as Effect).has(name)) continue
        if ((values[figure] ?? 0) === 0)
          cheap = cheap.filter((effect) => amounts(effect).get(name) === 0)
        if (own === undefined) continue
        const costOf = (effect: Effect): number => {
          let cost = 0
          const costs = amounts(effect)
          for (const [at, each] of figures.entries())
            cost += (own.weights[at] ?? 0) * (costs.get(each.name) ?? 0)
          for (const [size, count] of effect.added.entries())
            cost -= count * (own.sizes[number]?.[size] ?? 0)
          return cost / own.denominator
        }
        const least = Math.min(...cheap.map(costOf))
        cheap = cheap.filter((effect) => costOf(effect) <= least + nearly)
      }
      return [ofClass, new Set(cheap.map(({ key }) => key))]
    }),
  )
}

type Taken = readonly (readonly [gpu: ModelGpu, effect: Effect])[]

function gatherInCell(
  lister: OptionLister,
  cell: Cell,
  purse: Purse,
  {
    cheap,
    worths,
    left,
  }: {
    readonly cheap: ReadonlyMap<CellClass, ReadonlySet<string>>
    readonly worths: readonly number[]
    /** Less each time a node is taken. */
    readonly left: number[]
  },
): ReadonlyMap<ModelGpu, GpuOption> {
  const chosen = new Map<ModelGpu, GpuOption>()
  const keys = new Map<ModelGpu, ReadonlySet<string>>()
  for (const ofClass of cell.classes)
    for (const gpu of ofClass.gpus) keys.set(gpu, cheap.get(ofClass) ?? new Set())
  const known = new Map<ModelGpu, readonly Effect[]>()
  // A GPU has effects of its own with the same keys as its class.
  const effectsOf = (gpu: ModelGpu): readonly Effect[] =>
    cached(known, gpu, () => {
      const own = keys.get(gpu)
      if (own === undefined) return []
      const { effects } = listEffects(lister.list(gpu), null)
      return effects.filter(({ key, option }) => own.has(key) && option.changes)
    })
  /** What an effect adds to what is covered of `rest`. */
  const worthOf = ({ added }: Effect, rest: readonly number[]): number => {
    let worth = 0
    for (const [size, count] of added.entries()) {
      const open = rest[size] ?? 0
      worth += (Math.max(0, open) - Math.max(0, open - count)) * (worths[size] ?? 0)
    }
    return worth
  }
  const take = (rest: number[], { added }: Effect): void => {
    for (const [size, count] of added.entries()) rest[size] = (rest[size] ?? 0) - count
  }
  const match = ({ gpus }: ModelNode): { readonly gain: number; readonly taken: Taken } => {
    const rest = [...left]
    const taken: (readonly [ModelGpu, Effect])[] = []
    let gain = 0
    for (const gpu of gpus) {
      let best: Effect | null = null
      let most = 0
      for (const effect of effectsOf(gpu)) {
        const worth = worthOf(effect, rest)
        if (worth <= most) continue
        most = worth
        best = effect
      }
      if (best === null || !purse.allows(gpu, best.option)) continue
      gain += most
      taken.push([gpu, best])
      take(rest, best)
    }
    return { gain, taken }
  }
  const queue = cell.nodes
    .filter(({ gpus }) => gpus.some((gpu) => effectsOf(gpu).length > 0))
    .map((node) => ({ node, most: Number.POSITIVE_INFINITY }))
  while (queue.length > 0) {
    let best: { readonly entry: (typeof queue)[number]; readonly taken: Taken } | null = null
    let most = 0
    queue.sort((a, b) => b.most - a.most)
    for (const entry of queue) {
      // What is left only becomes less, so an old gain is about the most.
      if (entry.most <= most) break
      const { gain, taken } = match(entry.node)
      entry.most = gain
      if (gain <= most) continue
      most = gain
      best = { entry, taken }
    }
    if (best === null) break
    for (const [gpu, effect] of best.taken) {
      purse.spend(gpu, effect.option)
      chosen.set(gpu, effect.option)
      take(left, effect)
    }
    queue.splice(queue.indexOf(best.entry), 1)
  }
  return chosen
}
