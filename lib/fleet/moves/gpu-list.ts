import type { GpuBatch } from './gpu-batches.js'
import type { MoveGpu, MoveItem } from './move-gpu.js'

/** GPUs in the order of the fleet. They are counted; which they are is looked up when it is asked. */
export interface GpuList {
  readonly length: number
  readonly at: (index: number) => MoveGpu | undefined
  readonly all: () => readonly MoveGpu[]
}

export interface GrowingGpuList extends GpuList {
  length: number
  readonly add: (batch: GpuBatch) => void
}

/** `items` are those of the first; the others have the same kinds at the same costs. */
export function createGpuList(items: readonly MoveItem[]): GrowingGpuList {
  const batches: GpuBatch[] = []
  const known: (MoveGpu | undefined)[] = []
  let order: readonly Member[] | null = null
  const memberAt = (index: number): Member => {
    const [only] = batches
    if (batches.length === 1 && only !== undefined) {
      return { batch: only, index, position: only.positionAt(index) }
    }
    order ??= sortMembers(batches)
    return order[index] as Member
  }
  const list: GrowingGpuList = {
    length: 0,
    add: (batch) => {
      batches.push(batch)
      list.length += batch.length
    },
    at: (number) => {
      if (number >= list.length) return undefined
      let gpu = known[number]
      if (gpu === undefined) {
        const { batch, index, position } = memberAt(number)
        const { name, node, instances } = batch.read(index)
        const own = instances.map(({ instance }, place): MoveItem => {
          return { ...(items[place] as MoveItem), instance }
        })
        gpu = { position, name, node, items: own }
        known[number] = gpu
      }
      return gpu
    },
    all: () => Array.from({ length: list.length }, (_, index) => list.at(index) as MoveGpu),
  }
  return list
}

interface Member {
  readonly batch: GpuBatch
  readonly index: number
  readonly position: number
}

function sortMembers(batches: readonly GpuBatch[]): readonly Member[] {
  const members: Member[] = []
  for (const batch of batches) {
    for (let index = 0; index < batch.length; index += 1) {
      members.push({ batch, index, position: batch.positionAt(index) })
    }
  }
  return members.sort((a, b) => a.position - b.position)
}
