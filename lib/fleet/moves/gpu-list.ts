import type { FleetInstance } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { GpuBatch } from './gpu-batches.js'
import type { MoveGpu, MoveInstance } from './move-gpu.js'

/** GPUs in the order of the fleet. They are counted at once, and each is read only when it is needed. */
export interface GpuList {
  readonly length: number
  readonly at: (index: number) => MoveGpu | undefined
  readonly all: () => readonly MoveGpu[]
  readonly positionAt: (index: number) => number
  /** Makes sure that a running fleet which changes does not change the list. */
  readonly keep: () => void
}

export interface GrowingGpuList extends GpuList {
  length: number
  readonly add: (batch: GpuBatch) => void
}

/** `instances` are those of the first GPU; the others have the same kinds at the same costs. */
export function createGpuList(
  instances: readonly MoveInstance[],
  isFree: (instance: FleetInstance) => boolean,
): GrowingGpuList {
  const batches: GpuBatch[] = []
  const known = new Map<number, MoveGpu>()
  let order: readonly Member[] | null = null
  const memberAt = (index: number): Member => {
    const [only] = batches
    if (batches.length === 1 && only !== undefined) {
      return { batch: only, index, position: only.positionAt(index) }
    }
    order ??= sortMembers(batches)
    return order[index] as Member
  }
  const read = (number: number): MoveGpu => {
    const { batch, index, position } = memberAt(number)
    const { name, node, instances: placed } = batch.read(index)
    const own = placed
      .filter(({ given }) => !isFree(given))
      .map(({ given }, place) => ({ ...(instances[place] as MoveInstance), given }))
    const idle = placed
      .filter(({ given }) => isFree(given))
      .map(({ given, place }) => ({ given, place, kind: -1, cost: -1 }))
    return { position, name, node, instances: own, idle }
  }
  const list: GrowingGpuList = {
    length: 0,
    add: (batch) => {
      batches.push(batch)
      list.length += batch.length
    },
    at: (number) => (number < list.length ? cached(known, number, read) : undefined),
    all: () => Array.from({ length: list.length }, (_, index) => list.at(index) as MoveGpu),
    positionAt: (index) => memberAt(index).position,
    keep: () => {
      for (const { keep } of batches) keep?.()
    },
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
