import { cached } from '../../../model/cached.js'
import type { Budget } from '../../program/linear-program.js'
import type { AccessGroup } from '../access-groups.js'
import type { GroupedFleet, LayoutGroup } from '../grouped-fleet.js'
import type { MoveGpu, MoveInstance } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'

// For where no solution in whole numbers was found.

/**
 * Empties GPU by GPU, the cheapest first. Their instances go to other GPUs in use, until `fewest` are left or
 * no more can be emptied.
 */
export function emptyGreedily(
  fleet: GroupedFleet,
  fewest: number,
  budget: Budget,
): readonly GpuChange[] {
  if (!budget.spend(0)) return []
  const inUse = listHosts(fleet.layoutGroups.filter(({ instances }) => instances.length > 0))
  const hosts = createHosts(inUse)
  const order = inUse
    .filter(({ gpu }) => gpu.instances.every(({ cost }) => cost >= 0))
    .map((each) => ({ each, cost: each.gpu.instances.reduce((sum, { cost }) => sum + cost, 0) }))
    .sort((a, b) => a.cost - b.cost || b.each.gpu.position - a.each.gpu.position)
  let used = inUse.length
  for (const { each } of order) {
    if (used <= fewest || !budget.spend(hosts.size())) break
    if (each.incoming.length > 0 || !hosts.receive(each.gpu.instances, each)) continue
    hosts.remove(each)
    used -= 1
  }
  return listChanges(inUse)
}

/** Drains one instance after the other, the largest first, to the fullest GPU that can take it. */
export function drainGreedily(fleet: GroupedFleet, budget: Budget): readonly GpuChange[] {
  if (!budget.spend(0)) return []
  const isDrained = ({ classGroup }: LayoutGroup): boolean => classGroup.accessGroup.isDrained
  const others = listHosts(fleet.layoutGroups.filter((layoutGroup) => !isDrained(layoutGroup)))
  const drained = listHosts(fleet.layoutGroups.filter(isDrained))
  const hosts = createHosts(others)
  const going = drained
    .flatMap((each) => each.gpu.instances.map((instance) => ({ each, instance })))
    .filter(({ instance }) => instance.cost >= 0)
    .sort((a, b) => b.instance.place.placement.size - a.instance.place.placement.size)
  for (const { each, instance } of going) {
    if (!budget.spend(hosts.size())) break
    hosts.receive([instance], each)
  }
  return listChanges([...drained, ...others])
}

/** A GPU while instances move one by one. */
interface HostGpu {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly classNumber: number
  /** Number of the partition that came so far. */
  partition: number
  readonly incoming: { kind: number; position: number }[]
  readonly evicted: MoveInstance[]
}

function listHosts(layoutGroups: readonly LayoutGroup[]): readonly HostGpu[] {
  return layoutGroups
    .flatMap(({ classGroup, members }) =>
      members.all().map(
        (gpu): HostGpu => ({
          gpu,
          accessGroup: classGroup.accessGroup,
          classNumber: classGroup.classNumber,
          partition: 0,
          incoming: [],
          evicted: [],
        }),
      ),
    )
    .sort((a, b) => a.gpu.position - b.gpu.position)
}

/** GPUs that instances may go to. */
interface Hosts {
  /** How many different hosts there are: about the work of one search. */
  readonly size: () => number
  /** Takes all of them or none, the largest first, each to the fullest GPU that can take it. */
  readonly receive: (instances: readonly MoveInstance[], from: HostGpu) => boolean
  readonly remove: (gpu: HostGpu) => void
}

function createHosts(gpus: readonly HostGpu[]): Hosts {
  // GPUs in one bucket can take the same, so that one of them is tried for all.
  const buckets = new Map<string, HostGpu[]>()
  const keyOf = ({ accessGroup, classNumber, partition }: HostGpu): string =>
    `${accessGroup.number}:${classNumber}:${partition}`
  const add = (each: HostGpu): void => {
    cached(buckets, keyOf(each), () => []).push(each)
  }
  const remove = (each: HostGpu): void => {
    const list = buckets.get(keyOf(each)) ?? []
    const index = list.indexOf(each)
    if (index >= 0) list.splice(index, 1)
  }
  const become = (each: HostGpu, partition: number): void => {
    remove(each)
    each.partition = partition
    add(each)
  }
  for (const each of gpus) add(each)

  const findHost = (kind: number, except: HostGpu): FoundHost | null => {
    let best: FoundHost | null = null
    let least = Number.POSITIVE_INFINITY
    for (const list of buckets.values()) {
      const host = list.find((each) => each !== except)
      if (host === undefined) continue
      const { residuals, model, positionsOf } = host.accessGroup
      const width = model.tables.profiles.length
      const free = residuals.classes[host.classNumber]?.partitions.length ?? 0
      const size = free - (residuals.partitions.sizes[host.partition] ?? 0)
      for (const position of positionsOf.get(kind) ?? []) {
        const more = residuals.partitions.withOneMore[host.partition * width + position] ?? -1
        if (more < 0 || !residuals.holds(host.classNumber, more) || size >= least) continue
        least = size
        best = { host, partition: more, position }
      }
    }
    return best
  }
  return {
    size: () => buckets.size,
    remove,
    receive: (instances, from) => {
      const placed: { host: HostGpu; before: number }[] = []
      const ordered = [...instances].sort(
        (a, b) => b.place.placement.size - a.place.placement.size || a.kind - b.kind,
      )
      const isPlaced = ordered.every(({ kind }) => {
        const found = findHost(kind, from)
        if (found === null) return false
        const { host, partition, position } = found
        placed.push({ host, before: host.partition })
        host.incoming.push({ kind, position })
        become(host, partition)
        return true
      })
      if (isPlaced) {
        from.evicted.push(...instances)
        return true
      }
      for (const { host, before } of placed.reverse()) {
        host.incoming.pop()
        become(host, before)
      }
      return false
    },
  }
}

interface FoundHost {
  readonly host: HostGpu
  readonly partition: number
  readonly position: number
}

/** The GPUs that something left or came to. */
function listChanges(gpus: readonly HostGpu[]): readonly GpuChange[] {
  return gpus.filter(({ evicted, incoming }) => evicted.length + incoming.length > 0)
}
