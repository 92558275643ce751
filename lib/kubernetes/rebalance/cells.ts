import { cached } from '../../model/cached.js'
import type { ClusterModel, ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import type { OptionLister } from './gpu-options.js'
import { type Effect, listEffects } from './option-effects.js'

/** GPUs of a cell with the same ways to change. */
export interface CellClass {
  readonly number: number
  /** The first one changes nothing. */
  readonly effects: readonly Effect[]
  readonly gpus: readonly ModelGpu[]
  /** How many of them one node has at most. */
  readonly mostOnNode: number
}

/** Nodes that the same pods may enter; in a fine division, one node. */
export interface Cell {
  readonly number: number
  readonly nodes: readonly ModelNode[]
  readonly admits: readonly boolean[]
  /** Devices of each size that are idle now. */
  readonly idle: readonly number[]
  /** Without GPUs that cannot change. */
  readonly classes: readonly CellClass[]
}

interface OpenClass {
  readonly effects: readonly Effect[]
  readonly gpus: ModelGpu[]
  readonly byNode: Map<ModelNode, number>
}

/** `room`: it counts from the roomiest change of a GPU, or from what the GPU has now, or not at all. */
export function divideIntoCells(
  { nodes, sizes }: ClusterModel,
  lister: OptionLister,
  isFine: boolean,
  room: 'of-all' | 'of-changes' | 'none' = isFine ? 'of-all' : 'none',
): readonly Cell[] {
  const roomStart = (gpu: ModelGpu, [nothing]: readonly GpuOption[]): number | null => {
    // With many nodes, room would make each GPU a class of its own.
    if (room === 'none') return null
    return room === 'of-all' ? lister.mostRoom(gpu) : (nothing?.room ?? 0)
  }
  const groups = new Map<string, ModelNode[]>()
  for (const node of nodes) {
    const key = isFine ? String(node.number) : node.admits.map(Number).join('')
    cached(groups, key, (): ModelNode[] => []).push(node)
  }
  let classCount = 0
  return Array.from(groups.values(), (members, number): Cell => {
    const classes = new Map<string, OpenClass>()
    const idle = sizes.map(() => 0)
    for (const node of members) {
      for (const gpu of node.gpus) {
        const options = lister.list(gpu)
        for (const [size, count] of options[0]?.supply.entries() ?? [])
          idle[size] = (idle[size] ?? 0) + count
        const { effects, key } = listEffects(options, roomStart(gpu, options))
        if (effects.length === 1 && !isFine) continue
        const open = cached(classes, key, (): OpenClass => {
          return { effects, gpus: [], byNode: new Map() }
        })
        open.gpus.push(gpu)
        open.byNode.set(node, (open.byNode.get(node) ?? 0) + 1)
      }
    }
    return {
      number,
      nodes: members,
      admits: members[0]?.admits ?? [],
      idle,
      classes: Array.from(classes.values(), ({ byNode, ...rest }): CellClass => {
        classCount += 1
        return { ...rest, number: classCount - 1, mostOnNode: Math.max(...byNode.values()) }
      }),
    }
  })
}
