import { cached } from '../../../model/cached.js'
import type { DemandGroup, GpuGroup, GpuPool } from '../../model/grouped-problem.js'
import { createLoads, type GpuLoads, type LoadedGpu } from '../../pack/gpu-loads.js'
import type { PoolProfile } from '../../pack/pool-profiles.js'
import { classWith } from '../evictions.js'
import type { GroupedFleet, LayoutGroup } from '../grouped-fleet.js'
import type { MoveGpu, MoveInstance } from '../move-gpu.js'

/** One GPU of the fleet, and what may move there. */
export interface Host {
  readonly gpu: MoveGpu
  readonly layoutGroup: LayoutGroup
}

/** An instance that may move: a demand of the loads. */
export interface LoadedInstance {
  readonly instance: MoveInstance
  readonly host: Host
  /** Its GPU and its option there. Null: the GPU is drained. */
  readonly home: { readonly gpu: LoadedGpu; readonly option: number } | null
}

/** The instances of a fleet as a packing that changes GPU by GPU. At first each is at home. */
export interface InstanceLoads {
  readonly loads: GpuLoads
  /** By demand. */
  readonly instances: readonly LoadedInstance[]
  /** By number of the group of a loaded GPU. */
  readonly hosts: readonly Host[]
}

/** What stays on its GPU at any price: leaving out an instance that has a place is no plan. */
const placedValue = 1_000_000

/**
 * Whatever may not move belongs to its GPU. A GPU with an instance that could not come back has a pool of its own, because only
 * that instance may be there. With `drained`, nothing is on the drained GPUs at first, and what was there has no place.
 */
export function loadInstances(fleet: GroupedFleet): InstanceLoads {
  const { accessGroups, layoutGroups } = fleet
  const all = layoutGroups.flatMap((layoutGroup) =>
    layoutGroup.members.all().map((gpu): Host => ({ gpu, layoutGroup })),
  )
  all.sort((a, b) => a.gpu.position - b.gpu.position)
  const isDrained = ({ layoutGroup }: Host): boolean => layoutGroup.classGroup.accessGroup.isDrained
  const hosts = all.filter((host) => !isDrained(host))
  const pools: GpuPool[] = []
  const poolsOf = accessGroups.map((): number[] => [])
  const poolOf: number[] = []
  const shared = new Map<number, number>()
  const addPool = (group: number): number => {
    const { length: number } = pools
    const model = accessGroups[group]?.model
    if (model === undefined) throw new Error('an access group has a model')
    pools.push({ number, model, accesses: [] })
    poolsOf[group]?.push(number)
    return number
  }
  for (const { gpu, layoutGroup } of hosts) {
    const { number, positionsOf } = layoutGroup.classGroup.accessGroup
    const isPlain = gpu.instances.every(
      ({ kind, cost, place }) => cost < 0 || positionsOf.get(kind)?.includes(place.profilePosition),
    )
    poolOf.push(isPlain ? cached(shared, number, addPool) : addPool(number))
  }
  const groups = hosts.map(({ gpu, layoutGroup: { classGroup } }, number): GpuGroup => {
    const pinned = gpu.instances.filter(({ cost }) => cost < 0)
    const { model } = classGroup.accessGroup
    return {
      number,
      model,
      pool: poolOf[number] ?? 0,
      classNumber: classWith(classGroup, pinned),
      inUse: pinned.length > 0,
      // The cheapest to empty counts as the dearest GPU.
      cost: -gpu.instances.reduce((sum, { cost }) => sum + Math.max(0, cost), 0),
      members: [],
      count: 1,
    }
  })

  const poolProfiles: PoolProfile[] = []
  const numbers = pools.map((): number[] => [])
  const profileAt = (pool: number, position: number): number => {
    const ofPool = numbers[pool] ?? []
    let number = ofPool[position]
    if (number === undefined) {
      number = poolProfiles.length
      ofPool[position] = number
      poolProfiles.push({ number, pool, position, memoryMiB: 0 })
    }
    return number
  }
  const optionsOfKind = fleet.kinds.map((): number[] => [])
  for (const { number, isDrained: leaves, positionsOf } of accessGroups) {
    if (leaves) continue
    for (const [kind, positions] of positionsOf) {
      const options = optionsOfKind[kind] ?? []
      for (const pool of poolsOf[number] ?? [])
        for (const position of positions) options.push(profileAt(pool, position))
    }
  }
  const demands: DemandGroup[] = []
  const profilesOf: (readonly number[])[] = []
  const homes: { readonly host: Host; readonly instance: MoveInstance; readonly at: number }[] = []
  const numberOfHost = new Map(hosts.map((host, number) => [host, number]))
  for (const host of all) {
    const at = numberOfHost.get(host) ?? -1
    for (const instance of host.gpu.instances) {
      if (instance.cost < 0) continue
      const options = optionsOfKind[instance.kind] ?? []
      const own = at < 0 ? -1 : profileAt(poolOf[at] ?? 0, instance.place.profilePosition)
      if (at < 0 && options.length === 0) continue
      profilesOf.push(own < 0 || options.includes(own) ? options : [...options, own])
      const value = at < 0 ? 1 : placedValue
      demands.push({
        number: demands.length,
        entries: [],
        count: 1,
        value,
        access: 0,
        options: [],
      })
      homes.push({ host, instance, at })
    }
  }
  const loads = createLoads({ groups, pools }, { demands, poolProfiles, profilesOf })
  const loadedOf = new Map(loads.gpus.map((loaded) => [loaded.group.number, loaded]))
  const instances = homes.map(({ host, instance, at }, demand): LoadedInstance => {
    const gpu = loadedOf.get(at)
    if (gpu === undefined) return { host, instance, home: null }
    const own = profileAt(poolOf[at] ?? 0, instance.place.profilePosition)
    const option = (profilesOf[demand] ?? []).indexOf(own)
    if (!loads.place(gpu, demand, option)) throw new Error('what is there fits')
    return { host, instance, home: { gpu, option } }
  })
  loads.commit()
  return { loads, instances, hosts }
}
