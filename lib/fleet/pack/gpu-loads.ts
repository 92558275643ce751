import { cached } from '../../model/cached.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { type GpuGroup, type GroupedProblem, onlyPosition } from '../model/grouped-problem.js'
import type { ListedProfiles, PoolProfile, ServedDemands } from './pool-profiles.js'

/** An instance that a request of this demand has. `option`: position in the demand's `profilesOf`. */
export interface LoadItem {
  readonly demand: number
  readonly option: number
  /** Position of the profile. */
  readonly position: number
}

/** One GPU while a packing changes. */
export interface LoadedGpu {
  readonly number: number
  readonly group: GpuGroup
  readonly steps: PartitionSteps
  readonly items: LoadItem[]
  /** Number of the partition that the items make. */
  partition: number
}

/** By partition and profile position: the partition with one instance more or less. -1: it does not fit. */
export interface PartitionSteps {
  readonly width: number
  readonly more: Int32Array
  readonly less: Int32Array
}

/** A packing GPU by GPU. Its changes can be undone, the last one first. */
export interface GpuLoads extends Pick<ServedDemands, 'demands' | 'profilesOf'> {
  readonly poolProfiles: readonly PoolProfile[]
  readonly gpus: readonly LoadedGpu[]
  readonly gpusOfPool: readonly (readonly LoadedGpu[])[]
  /** By demand: how many have no place. */
  readonly left: Int32Array
  /** False: there is no room for it. */
  readonly place: (gpu: LoadedGpu, demand: number, option: number) => boolean
  readonly remove: (gpu: LoadedGpu, item: LoadItem) => void
  /** A point to which `undo` goes back. */
  readonly mark: () => number
  readonly undo: (mark: number) => void
  /** Forgets how to undo what was done so far. */
  readonly commit: () => void
  readonly save: () => SavedLoads
  readonly restore: (saved: SavedLoads) => void
}

/** By GPU. */
export type SavedLoads = readonly (readonly LoadItem[])[]

export type LoadProgram = Pick<ServedDemands, 'demands'> & ListedProfiles

export function createLoads(
  { groups, pools }: Pick<GroupedProblem, 'groups' | 'pools'>,
  { demands, poolProfiles, profilesOf }: LoadProgram,
): GpuLoads {
  const steps = new Map<string, PartitionSteps>()
  const gpus: LoadedGpu[] = []
  const gpusOfPool = pools.map((): LoadedGpu[] => [])
  const used = countUsed({ groups, pools }, { demands, poolProfiles, profilesOf })
  for (const group of groups) {
    const ofGroup = cached(steps, `${group.model.number}:${group.classNumber}`, () =>
      listSteps(group),
    )
    for (let member = 0; member < (used[group.number] ?? 0); member += 1) {
      const gpu: LoadedGpu = { number: gpus.length, group, steps: ofGroup, items: [], partition: 0 }
      gpus.push(gpu)
      gpusOfPool[group.pool]?.push(gpu)
    }
  }
  const left = Int32Array.from(demands, ({ count }) => count)
  const trail: { readonly gpu: LoadedGpu; readonly item: LoadItem; readonly isNew: boolean }[] = []
  const add = (gpu: LoadedGpu, item: LoadItem): void => {
    const { width, more } = gpu.steps
    gpu.partition = more[gpu.partition * width + item.position] as number
    gpu.items.push(item)
    left[item.demand] = (left[item.demand] as number) - 1
  }
  const drop = (gpu: LoadedGpu, item: LoadItem): void => {
    const { width, less } = gpu.steps
    gpu.partition = less[gpu.partition * width + item.position] as number
    gpu.items.splice(gpu.items.indexOf(item), 1)
    left[item.demand] = (left[item.demand] as number) + 1
  }
  return {
    demands,
    poolProfiles,
    profilesOf,
    gpus,
    gpusOfPool,
    left,
    place: (gpu, demand, option) => {
      const { position = 0 } = poolProfiles[profilesOf[demand]?.[option] ?? 0] ?? {}
      if ((gpu.steps.more[gpu.partition * gpu.steps.width + position] as number) < 0) return false
      const item = { demand, option, position }
      add(gpu, item)
      trail.push({ gpu, item, isNew: true })
      return true
    },
    remove: (gpu, item) => {
      drop(gpu, item)
      trail.push({ gpu, item, isNew: false })
    },
    mark: () => trail.length,
    undo: (mark) => {
      while (trail.length > mark) {
        const last = trail.pop()
        if (last === undefined) break
        if (last.isNew) drop(last.gpu, last.item)
        else add(last.gpu, last.item)
      }
    },
    commit: () => {
      trail.length = 0
    },
    save: () => gpus.map(({ items }) => [...items]),
    restore: (saved) => {
      trail.length = 0
      for (const gpu of gpus) for (const item of [...gpu.items]) drop(gpu, item)
      for (const gpu of gpus) for (const item of saved[gpu.number] ?? []) add(gpu, item)
    },
  }
}

/** By group: how many of its GPUs the requests can use at most, one for each. */
export function countUsed(
  { groups, pools }: Pick<GroupedProblem, 'groups' | 'pools'>,
  { demands, poolProfiles, profilesOf }: LoadProgram,
): readonly number[] {
  const asked = pools.map(() => 0)
  const lastOf = new Int32Array(pools.length).fill(-1)
  for (const [demand, { count }] of demands.entries()) {
    for (const profile of profilesOf[demand] ?? []) {
      const pool = poolProfiles[profile]?.pool ?? 0
      // Several profiles of a pool count once.
      if (lastOf[pool] === demand) continue
      lastOf[pool] = demand
      asked[pool] = (asked[pool] ?? 0) + count
    }
  }
  return groups.map(({ count, pool }) => Math.min(count, asked[pool] ?? 0))
}

function listSteps(group: GpuGroup): PartitionSteps {
  const { tables } = group.model
  const { classNumber } = group
  const profileCount = tables.profiles.length
  const width = profileCount + 1
  const only = onlyPosition(group)
  if (only !== null) {
    // A whole GPU or an idle instance is the partition 1.
    const more = new Int32Array(2 * width).fill(-1)
    const less = more.slice()
    more[only] = 1
    less[width + only] = 0
    return { width, more, less }
  }
  const { partitions, holds } = requireResiduals(tables)
  const { length } = partitions.counts
  const more = new Int32Array(length * width).fill(-1)
  const less = more.slice()
  for (let partition = 0; partition < length; partition += 1) {
    for (let position = 0; position < profileCount; position += 1) {
      const after = partitions.withOneMore[partition * profileCount + position] ?? -1
      if (after < 0) continue
      less[after * width + position] = partition
      if (holds(classNumber, after)) more[partition * width + position] = after
    }
  }
  return { width, more, less }
}
