import { cached } from '../../model/cached.js'
import { requireResiduals, type Tables } from '../../solver/tables/tables.js'
import type { HindsightGpus, HindsightKind } from './hindsight-trace.js'
import { packKinds } from './pack-kinds.js'

/** An instance on GPUs whose instances move freely. */
export interface MovingInstance {
  readonly kind: number
  gpu: MovingGpu | null
  position: number
}

interface MovingGpu {
  readonly tables: Tables
  /** What is on it, without places: a number of `residuals.partitions`. */
  partition: number
  /** Where it stands among the GPUs of its partition. */
  index: number
}

/** GPUs that hold instances, which may go to any other place at any time. */
export interface MovingGpus {
  /** Takes room where nothing has to move to another GPU. */
  readonly add: (instance: MovingInstance) => boolean
  readonly remove: (instance: MovingInstance) => void
  /** Packs all of these anew. False: no packing was found, and all is as before. */
  readonly repack: (all: readonly MovingInstance[]) => Promise<boolean>
  /** From now on there are so many GPUs, and nothing has a place. */
  readonly resize: (counts: HindsightGpus['counts']) => void
}

export function createMovingGpus(kinds: readonly HindsightKind[]): MovingGpus {
  let counts: HindsightGpus['counts'] = new Map()
  const buckets = new Map<Tables, Map<number, MovingGpu[]>>()

  const bucketOf = (tables: Tables, partition: number): MovingGpu[] => {
    const ofTables = cached(buckets, tables, () => new Map<number, MovingGpu[]>())
    return cached(ofTables, partition, () => [])
  }
  const change = (gpu: MovingGpu, partition: number): void => {
    const from = bucketOf(gpu.tables, gpu.partition)
    const last = from.pop()
    if (last !== undefined && last !== gpu) {
      from[gpu.index] = last
      last.index = gpu.index
    }
    gpu.partition = partition
    gpu.index = bucketOf(gpu.tables, partition).push(gpu) - 1
  }
  const put = (instance: MovingInstance, gpu: MovingGpu, position: number): void => {
    change(gpu, partitionWith(gpu.tables, gpu.partition, position))
    instance.gpu = gpu
    instance.position = position
  }
  const empty = (): void => {
    buckets.clear()
    for (const [tables, count] of counts) {
      const bucket = bucketOf(tables, 0)
      for (let index = 0; index < count; index += 1) bucket.push({ tables, partition: 0, index })
    }
  }
  /** The GPU with the most memory in use of those that have room. */
  const fullest = (tables: Tables, position: number): MovingGpu | null => {
    let found: MovingGpu | null = null
    let most = -1
    for (const [partition, gpus] of buckets.get(tables) ?? []) {
      const last = gpus.at(-1)
      if (last === undefined || partitionWith(tables, partition, position) < 0) continue
      const used = unitsOf(tables, partition)
      if (used <= most) continue
      most = used
      found = last
    }
    return found
  }

  return {
    add: (instance) => {
      for (const [tables, positions] of kinds[instance.kind]?.options ?? []) {
        for (const position of positions) {
          const gpu = fullest(tables, position)
          if (gpu === null) continue
          put(instance, gpu, position)
          return true
        }
      }
      return false
    },
    remove: (instance) => {
      const { gpu, position } = instance
      if (gpu === null) return
      const { partitions } = requireResiduals(gpu.tables)
      const held = partitions.counts[gpu.partition] ?? []
      change(gpu, partitions.find(held.with(position, (held[position] ?? 0) - 1)))
      instance.gpu = null
    },
    resize: (next) => {
      counts = next
      empty()
    },
    repack: async (all) => {
      const slots = await packKinds(kinds, counts, all)
      if (slots === null) return false
      empty()
      const gpuOf = new Map<object, MovingGpu>()
      for (const [index, { tables, position, onGpu }] of slots.entries()) {
        const instance = all[index]
        const first = (): MovingGpu => bucketOf(tables, 0).at(-1) as MovingGpu
        if (instance !== undefined) put(instance, cached(gpuOf, onGpu, first), position)
      }
      return true
    },
  }
}

/** -1: not even an empty GPU could hold this. */
function partitionWith(tables: Tables, partition: number, position: number): number {
  const { withOneMore } = requireResiduals(tables).partitions
  return withOneMore[partition * tables.profiles.length + position] ?? -1
}

function unitsOf(tables: Tables, partition: number): number {
  const held = requireResiduals(tables).partitions.counts[partition] ?? []
  return held.reduce(
    (sum, count, position) => sum + count * (tables.profiles[position]?.unitCount ?? 0),
    0,
  )
}
