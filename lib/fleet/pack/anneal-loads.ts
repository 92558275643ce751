import { cached } from '../../model/cached.js'
import { isOpened } from './close-gpus.js'
import { fractionsOf } from './gpu-fractions.js'
import type { GpuLoads, LoadedGpu, LoadItem, PartitionSteps } from './gpu-loads.js'
import { chooseOut } from './walk-loads.js'

/** How long a walk cools down, which GPUs it may use, and where it may end. */
export interface AnnealRules {
  readonly isOpen: (gpu: LoadedGpu) => boolean
  /** The walk ends where no more GPUs are opened, unless costs count. */
  readonly target: number
  readonly moves: number
  /** Another seed takes another walk. */
  readonly seed: number
  readonly spend: (amount: number) => boolean
  /** What it costs that a request is on a GPU, in GPUs. Among packings that open `target` GPUs, the cheapest counts. */
  readonly costOf?: (demand: number, gpu: LoadedGpu) => number
}

/** Moves between two questions to the budget. */
const between = 256
/** How much more a step may cost, in GPUs, at first and at last. Where costs count, the walk begins from a good packing. */
const heatOfGpus = { first: 0.3, last: 0.02 }
const heatOfCosts = { first: 0.1, last: 0.005 }
/** The most GPUs of a pool that are tried for one request. */
const mostTries = 4
/** Costs are sums of fractions. */
const tiny = 1e-9

/**
 * Walks over packings that leave out the same, until one of them opens fewer GPUs. A request goes to another GPU, and those in its way
 * look for free room. A GPU counts as the root of its load, so the walk empties what is nearly empty. It takes a step that costs more
 * the less often, the longer it goes on (simulated annealing). The packing is then the best that the walk has seen.
 */
export function annealLoads(
  loads: GpuLoads,
  { isOpen, target, moves, seed: first, spend, costOf }: AnnealRules,
): void {
  const { gpus, profilesOf, poolProfiles, gpusOfPool } = loads
  let seed = first
  const draw = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    return (seed >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(draw() * limit)
  const known = new Map<PartitionSteps, Float64Array>()
  const energies = gpus.map(({ group, steps }) =>
    group.inUse ? null : cached(known, steps, () => fractionsOf(group, steps).map(Math.sqrt)),
  )
  const energyOf = (gpu: LoadedGpu): number => energies[gpu.number]?.[gpu.partition] ?? 0
  let change = 0
  let costs = 0
  const place = (gpu: LoadedGpu, demand: number, option: number): boolean => {
    const before = energyOf(gpu)
    if (!loads.place(gpu, demand, option)) return false
    change += energyOf(gpu) - before
    if (costOf !== undefined) costs += costOf(demand, gpu)
    return true
  }
  const remove = (gpu: LoadedGpu, item: LoadItem): void => {
    change -= energyOf(gpu)
    loads.remove(gpu, item)
    change += energyOf(gpu)
    if (costOf !== undefined) costs -= costOf(item.demand, gpu)
  }
  const findRoom = (demand: number, from: LoadedGpu): boolean => {
    const options = profilesOf[demand] ?? []
    const firstOption = below(options.length)
    for (let index = 0; index < options.length; index += 1) {
      const option = (firstOption + index) % options.length
      const { pool = 0, position = 0 } = poolProfiles[options[option] as number] ?? {}
      const own = gpusOfPool[pool] ?? []
      const start = below(own.length)
      const tries = Math.min(own.length, mostTries)
      for (let tried = 0; tried < tries; tried += 1) {
        const gpu = own[(start + tried) % own.length] as LoadedGpu
        if (gpu.items.length === 0 && !gpu.group.inUse && gpu !== from) continue
        const { more, width } = gpu.steps
        if ((more[gpu.partition * width + position] as number) < 0 || !isOpen(gpu)) continue
        if (place(gpu, demand, option)) return true
      }
    }
    return false
  }

  let opened = gpus.filter(isOpened).length
  let total = 0
  if (costOf !== undefined)
    for (const gpu of gpus) for (const { demand } of gpu.items) total += costOf(demand, gpu)
  const out: LoadItem[] = []
  let best = { opened, total, saved: loads.save() }
  const isDone = (): boolean =>
    best.opened <= target && (costOf === undefined || best.total <= tiny)
  const { first: hottest, last: coldest } = costOf === undefined ? heatOfGpus : heatOfCosts
  const cooling = (coldest / hottest) ** (between / moves)
  let heat = hottest
  loads.commit()
  for (let move = 1; move <= moves && !isDone(); move += 1) {
    if (move % between === 0) {
      heat *= cooling
      if (!spend(between)) break
    }
    const from = gpus[below(gpus.length)] as LoadedGpu
    if (from.items.length === 0) continue
    const item = from.items[below(from.items.length)] as LoadItem
    const { demand } = item
    const options = profilesOf[demand] ?? []
    const option = below(options.length)
    const { pool = 0, position = 0 } = poolProfiles[options[option] as number] ?? {}
    const own = gpusOfPool[pool] ?? []
    const gpu = own[below(own.length)] as LoadedGpu
    if (gpu === from || !isOpen(gpu)) continue
    if (!chooseOut(gpu, position, below(gpu.items.length), out)) continue
    const openedBefore = Number(isOpened(gpu)) + Number(isOpened(from))
    change = 0
    costs = 0
    remove(from, item)
    for (const other of out) remove(gpu, other)
    place(gpu, demand, option)
    const isPlaced = out.every((other) => findRoom(other.demand, from))
    change += costs
    if (!isPlaced || (change > 0 && draw() >= Math.exp(-change / heat))) {
      loads.undo(0)
      continue
    }
    loads.commit()
    opened += Number(isOpened(gpu)) + Number(isOpened(from)) - openedBefore
    total += costs
    const most = Math.max(target, opened)
    if (most > best.opened || (most === best.opened && total >= best.total - tiny)) continue
    best = { opened: most, total, saved: loads.save() }
  }
  loads.restore(best.saved)
}
