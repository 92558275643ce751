import { wordAt } from '../../model/numbers.js'
import { type FoundPlaces, findPlaces } from '../../solver/placing/find-places.js'
import { type CompiledPlacement, requireResiduals } from '../../solver/tables/tables.js'
import type { ClusterModel, ModelGpu } from './cluster-model.js'
import { type GpuOption, keepBest } from './compare-options.js'
import type { TableContext } from './table-context.js'

/** A change of the mode that takes a reset stops every client of the GPU. */
const resetCost = 1000
/** The most pods that move away from one GPU. */
const mostMoved = 2

/** The first one changes nothing. */
export function listOptions(
  cluster: ClusterModel,
  context: TableContext,
  gpu: ModelGpu,
): readonly GpuOption[] {
  const nothing = unchanged(cluster, context, gpu)
  if (gpu.isFixed || gpu.isHeld) return [nothing]
  const found: GpuOption[] = []
  const modeCost = modeCostOf(gpu)
  const mayChangeMode = (gpu.given.modeChange ?? 'no') !== 'no'
  if (!gpu.isMigOn) {
    if (mayChangeMode)
      addAdditions(
        found,
        { cluster, context, gpu },
        nothing,
        { evicted: [], destroyed: [] },
        { mode: 'on', modeCost },
      )
    return keepBest(nothing, found, context.isExact)
  }
  for (const evicted of subsetsOf(movableItems(gpu), mostMoved)) {
    const free = freeItems(gpu, evicted)
    for (const destroyed of subsetsOf(free, free.length)) {
      addAdditions(
        found,
        { cluster, context, gpu },
        nothing,
        { evicted, destroyed },
        { mode: null, modeCost: 0 },
      )
      if (mayChangeMode && context.whole >= 0 && destroyed.length === gpu.items.length) {
        const supply = cluster.sizes.map((_, size) => Number(size === context.whole))
        found.push({
          supply,
          evicted,
          destroyed,
          moved: movedBy(gpu, evicted),
          created: [],
          mode: 'off',
          modeCost,
          room: cluster.mix[context.whole] ?? 0,
          changes: true,
        })
      }
    }
  }
  return keepBest(nothing, found, context.isExact)
}

function unchanged({ sizes, mix }: ClusterModel, context: TableContext, gpu: ModelGpu): GpuOption {
  const supply = sizes.map(() => 0)
  for (const { size, use } of gpu.items)
    if (use === 'idle' && size >= 0) supply[size] = (supply[size] ?? 0) + 1
  if (!gpu.isMigOn && !gpu.isHeld && context.whole >= 0) supply[context.whole] = 1
  const free = gpu.isMigOn ? context.roomOf(stateWithout(gpu, [])) : 0
  return {
    supply,
    evicted: [],
    destroyed: [],
    moved: [],
    created: [],
    mode: null,
    modeCost: 0,
    room: free + weigh(supply, mix),
    changes: false,
  }
}

interface Place {
  readonly cluster: ClusterModel
  readonly context: TableContext
  readonly gpu: ModelGpu
}

/** What may be created after some instances are gone, and leaving it at that where a pod moves away from a device that others want. */
function addAdditions(
  found: GpuOption[],
  { cluster, context, gpu }: Place,
  nothing: GpuOption,
  { evicted, destroyed }: Pick<GpuOption, 'evicted' | 'destroyed'>,
  { mode, modeCost }: Pick<GpuOption, 'mode' | 'modeCost'>,
  needed?: readonly number[],
): void {
  const { tables, items } = gpu
  const kept = mode === null ? [...nothing.supply] : cluster.sizes.map(() => 0)
  const move = (item: number, by: number): void => {
    const size = items[item]?.size ?? -1
    if (size >= 0) kept[size] = (kept[size] ?? 0) + by
  }
  for (const item of evicted) move(item, 1)
  for (const item of destroyed) move(item, -1)
  const state = stateWithout(gpu, destroyed)
  const base = { evicted, destroyed, moved: movedBy(gpu, evicted), mode, modeCost }
  const isOnlyDestroyed = cluster.problem.moveFrom === 'destroyed'
  if (isOnlyDestroyed && evicted.some((item) => !destroyed.includes(item))) return
  if (destroyed.length === 0 && evicted.length > 0) {
    const room = context.roomOf(state) + weigh(kept, cluster.mix)
    found.push({ ...base, supply: kept, created: [], room, changes: false })
  }
  if (context.withEmpty && (destroyed.length > 0 || mode !== null)) {
    const room = context.roomOf(state) + weigh(kept, cluster.mix)
    found.push({ ...base, supply: kept, created: [], room, changes: true })
  }
  const { classOf } = requireResiduals(tables)
  const additions =
    needed === undefined
      ? context.additions(wordAt(classOf, state))
      : context.exactly(needed.map((count, size) => Math.max(0, count - (kept[size] ?? 0))))
  for (const { counts, supply: added } of additions) {
    const places = findPlaces(tables, context.order, state, counts)
    if (places === null) continue
    if (isOnlyDestroyed && evicted.some((item) => hasPlace(places, items[item]?.place))) continue
    const supply = kept.map((count, size) => count + (added[size] ?? 0))
    const room = weigh(supply, cluster.mix) - places.rank
    found.push({ ...base, supply, created: counts, room, changes: true })
  }
}

/** Whether an instance comes back where it was: then it is not destroyed at all. */
function hasPlace(places: FoundPlaces, wanted: CompiledPlacement | undefined): boolean {
  for (let rest: FoundPlaces | null = places; rest !== null; rest = rest.others)
    if (rest.place !== null && rest.place.number === wanted?.number) return true
  return false
}

/** The changes that create exactly what is needed beside what stays. */
export function listNeeded(
  place: Place,
  needed: readonly number[],
  mayMove: readonly number[],
): readonly GpuOption[] {
  const { gpu, cluster, context } = place
  const { isFixed, isHeld, isMigOn, items } = gpu
  const modeChange = gpu.given.modeChange ?? 'no'
  if (isFixed || isHeld || (!isMigOn && modeChange === 'no')) return []
  const nothing = unchanged(cluster, context, gpu)
  const found: GpuOption[] = []
  if (!isMigOn) {
    const mode = { mode: 'on', modeCost: modeCostOf(gpu) } as const
    addAdditions(found, place, nothing, { evicted: [], destroyed: [] }, mode, needed)
    return found
  }
  for (const evicted of subsetsOf(mayMove, mostMoved)) {
    for (const destroyed of subsetsOf(freeItems(gpu, evicted), items.length)) {
      const mode = { mode: null, modeCost: 0 } as const
      addAdditions(found, place, nothing, { evicted, destroyed }, mode, needed)
    }
  }
  return found
}

function modeCostOf({ given }: ModelGpu): number {
  return given.modeChange === 'reset' ? resetCost : 1
}

function freeItems({ items }: ModelGpu, evicted: readonly number[]): readonly number[] {
  return [...items.keys()].filter((item) => items[item]?.use === 'idle' || evicted.includes(item))
}

function movedBy({ items }: ModelGpu, evicted: readonly number[]): readonly number[] {
  return evicted.map((item) => Number(items[item]?.use)).sort((a, b) => a - b)
}

function movableItems({ items }: ModelGpu): readonly number[] {
  return [...items.keys()].filter((item) => typeof items[item]?.use === 'number')
}

/** The state of the GPU without these instances. */
export function stateWithout({ tables, items }: ModelGpu, gone: readonly number[]): number {
  let state = 0
  for (const [item, { place }] of items.entries()) {
    if (!gone.includes(item)) state = wordAt(tables.states.nextOf(state), place.number)
  }
  return state
}

function* subsetsOf(list: readonly number[], most: number): Generator<readonly number[]> {
  for (let bits = 0; bits < 2 ** list.length; bits += 1) {
    const subset = list.filter((_, index) => ((bits >>> index) & 1) === 1)
    if (subset.length <= most) yield subset
  }
}

function weigh(supply: readonly number[], mix: readonly number[]): number {
  return supply.reduce((sum, count, size) => sum + count * (mix[size] ?? 0), 0)
}
