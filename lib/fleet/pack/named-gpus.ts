import type { FleetInstance } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { type CompiledPlacement, placeOf } from '../../solver/tables/tables.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { limitNamedGpus } from '../model/limits.js'
import { gpuName } from '../model/member-name.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { createNeighbours, join, type Neighbours } from './neighbours.js'

/** One GPU with a name, and the tied instances that are placed on it. */
export interface NamedGpu {
  readonly name: string
  readonly entry: FleetGpuEntry
  readonly neighbours: Neighbours
  readonly node: Neighbours
  state: number
  inUse: boolean
  readonly idle: readonly CompiledPlacement[]
  /** The part of `idle` that tied instances have taken. */
  readonly taken: Set<CompiledPlacement>
  readonly added: FleetInstance[]
}

export function nameGpus({ gpus }: GroupedProblem): readonly NamedGpu[] {
  limitNamedGpus(gpus)
  const nodes = new Map<string | number, Neighbours>()
  return gpus.flatMap((entry) => {
    const { gpu, count, state, inUse, node } = entry
    const idle = (gpu.layout ?? []).flatMap((instance) =>
      instance.idle === true ? (placeOf(entry.model.tables, instance) ?? []) : [],
    )
    return Array.from({ length: count }, (_, index): NamedGpu => {
      // Without a node, each GPU of an entry is on a node of its own.
      const key = gpu.node === undefined ? `${node}/${index}` : gpu.node
      const neighbours = createNeighbours()
      const onNode = cached(nodes, key, createNeighbours)
      for (const instance of gpu.layout ?? []) {
        join(neighbours, instance, 'gpu')
        join(onNode, instance, 'node')
      }
      return {
        name: gpuName(gpu, index),
        entry,
        neighbours,
        node: onNode,
        state,
        inUse,
        idle,
        taken: new Set(),
        added: [],
      }
    })
  })
}
