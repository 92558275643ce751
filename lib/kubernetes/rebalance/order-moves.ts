import type { PodMove } from '../../../types/kubernetes/rebalance.js'
import type { ClusterModel, ModelGpu, ModelItem, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'

/** A pod that leaves its instance, and the node of its successor. */
export interface Leaving {
  readonly pod: string
  readonly item: ModelItem
  readonly gpu: ModelGpu
  readonly from: ModelNode
  readonly to: ModelNode
}

/** Idle devices of one size on a node that are there once a GPU has changed; null: now. */
interface Source {
  readonly gpu: ModelGpu | null
  count: number
}

export interface OrderedMoves {
  readonly moves: readonly PodMove[]
  /** Devices that are idle now, stay, and are not for a successor, by number of the node and size. */
  readonly idle: readonly (readonly number[])[]
}

/**
 * The order in which pods move. A move is live where a device for the successor is there before the pod leaves: idle now, left by an
 * earlier move, or made by the change of a GPU that no pod has to leave any more.
 */
export function orderMoves(
  { nodes, sizes }: ClusterModel,
  optionOf: (gpu: ModelGpu) => GpuOption,
  leaving: readonly Leaving[],
): OrderedMoves {
  const sources = nodes.map(() => sizes.map((): Source[] => []))
  const add = (node: ModelNode, size: number, gpu: ModelGpu | null, count: number): void => {
    sources[node.number]?.[size]?.push({ gpu, count })
  }
  const addNew = (node: ModelNode, gpu: ModelGpu): void => {
    for (const [size, count] of madeBy(gpu, optionOf(gpu), sizes.length).entries())
      add(node, size, gpu, count)
  }
  const staying = new Map<ModelGpu, number>()
  for (const { gpu } of leaving) staying.set(gpu, (staying.get(gpu) ?? 0) + 1)
  for (const node of nodes) {
    const idle = sizes.map(() => 0)
    for (const gpu of node.gpus)
      for (const [size, count] of idleNow(gpu, optionOf(gpu), sizes.length).entries())
        idle[size] = (idle[size] ?? 0) + count
    for (const [size, count] of idle.entries()) add(node, size, null, count)
  }
  for (const node of nodes)
    for (const gpu of node.gpus) if (optionOf(gpu).changes && !staying.has(gpu)) addNew(node, gpu)

  /** Whether there is a device; if so, it is taken. */
  const take = ({ to, item }: Leaving): Source | null => {
    const list = sources[to.number]?.[item.size] ?? []
    const source = list.find(({ count }) => count > 0) ?? null
    if (source !== null) source.count -= 1
    return source
  }
  const name = ({ pod, from, to }: Leaving, source: Source | null, live: boolean): PodMove => ({
    pod,
    from: from.given.name,
    to: to.given.name,
    live,
    after: source?.gpu === null || source === null ? [] : [source.gpu.given.id],
  })
  const moves: (PodMove | null)[] = []
  // Moves whose pod has left, while its successor has no place yet.
  const owed: { readonly move: Leaving; readonly at: number }[] = []
  const leave = ({ item, gpu, from }: Leaving): void => {
    const option = optionOf(gpu)
    if (!option.destroyed.includes(gpu.items.indexOf(item))) add(from, item.size, null, 1)
    const left = (staying.get(gpu) ?? 1) - 1
    staying.set(gpu, left)
    if (left === 0 && option.changes) addNew(from, gpu)
    for (let at = 0; at < owed.length; at += 1) {
      const { move, at: position } = owed[at] as (typeof owed)[number]
      const source = take(move)
      if (source === null) continue
      moves[position] = name(move, source, false)
      owed.splice(at, 1)
      at -= 1
    }
  }
  const rest = [...leaving]
  while (rest.length > 0) {
    let source: Source | null = null
    const index = rest.findIndex((move) => {
      source = take(move)
      return source !== null
    })
    if (index >= 0) {
      const [move] = rest.splice(index, 1) as [Leaving]
      moves.push(name(move, source, true))
      leave(move)
      continue
    }
    // The GPU that can change soonest.
    const least = Math.min(...rest.map(({ gpu }) => staying.get(gpu) ?? 0))
    const at = rest.findIndex(({ gpu }) => staying.get(gpu) === least)
    const [move] = rest.splice(at, 1) as [Leaving]
    owed.push({ move, at: moves.push(null) - 1 })
    leave(move)
  }
  if (owed.length > 0) throw new Error('a plan has a place for each successor')
  return {
    moves: moves.flatMap((move) => move ?? []),
    // The first source of each size is what is idle now; what pods have left comes behind.
    idle: sources.map((bySize) => bySize.map(([now]) => now?.count ?? 0)),
  }
}

/** Devices of each size that are idle and stay. */
export function idleNow(
  { items, isMigOn, isHeld }: ModelGpu,
  { destroyed, mode, supply }: GpuOption,
  sizeCount: number,
): readonly number[] {
  if (!isMigOn && mode === null && !isHeld) return supply
  const counts = Array.from({ length: sizeCount }, () => 0)
  for (const [index, { size, use }] of items.entries())
    if (use === 'idle' && size >= 0 && !destroyed.includes(index))
      counts[size] = (counts[size] ?? 0) + 1
  return counts
}

/** Devices of each size that a change makes: what is idle afterwards beside the instances that stay. */
function madeBy(gpu: ModelGpu, option: GpuOption, sizeCount: number): readonly number[] {
  const there = [...idleNow(gpu, option, sizeCount)]
  for (const index of option.evicted) {
    const size = gpu.items[index]?.size ?? -1
    if (size >= 0 && !option.destroyed.includes(index)) there[size] = (there[size] ?? 0) + 1
  }
  return option.supply.map((count, size) => count - (there[size] ?? 0))
}
