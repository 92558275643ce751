import type { MoveSite } from '../access-groups.js'
import type { LayoutType } from '../grouped-fleet.js'
import type { MoveGpu, MoveItem } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'

/** A GPU while things are moved one by one. */
export interface RunningGpu {
  readonly gpu: MoveGpu
  readonly site: MoveSite
  readonly classNumber: number
  /** Partition that came so far. */
  partition: number
  readonly incoming: { kind: number; position: number }[]
  readonly evicted: MoveItem[]
}

export function listRunning(types: readonly LayoutType[]): readonly RunningGpu[] {
  return types
    .flatMap(({ cell, members }) =>
      members.all().map(
        (gpu): RunningGpu => ({
          gpu,
          ...{ site: cell.site, classNumber: cell.classNumber, partition: 0 },
          ...{ incoming: [], evicted: [] },
        }),
      ),
    )
    .sort((a, b) => a.gpu.position - b.gpu.position)
}

/** Where things may go, one by one. */
export interface Hosts {
  /** How many kinds of hosts there are: about the work of a search. */
  readonly size: () => number
  /** All of them or none; to the fullest GPU that has room, the largest first. */
  readonly receive: (items: readonly MoveItem[], from: RunningGpu) => boolean
  readonly remove: (gpu: RunningGpu) => void
}

export function createHosts(gpus: readonly RunningGpu[]): Hosts {
  // Buckets of GPUs with the same room: what is tried once need not be tried again for the others.
  const buckets = new Map<string, RunningGpu[]>()
  const keyOf = ({ site, classNumber, partition }: RunningGpu): string =>
    `${site.number}:${classNumber}:${partition}`
  const add = (each: RunningGpu): void => {
    const list = buckets.get(keyOf(each))
    if (list === undefined) buckets.set(keyOf(each), [each])
    else list.push(each)
  }
  const remove = (each: RunningGpu): void => {
    const list = buckets.get(keyOf(each)) ?? []
    const index = list.indexOf(each)
    if (index >= 0) list.splice(index, 1)
  }
  const become = (each: RunningGpu, partition: number): void => {
    remove(each)
    each.partition = partition
    add(each)
  }
  for (const each of gpus) add(each)

  const findHost = (kind: number, except: RunningGpu): FoundHost | null => {
    let best: FoundHost | null = null
    let least = Number.POSITIVE_INFINITY
    for (const list of buckets.values()) {
      const host = list.find((each) => each !== except)
      if (host === undefined) continue
      const { residuals, model, positionsOf } = host.site
      const width = model.tables.profiles.length
      const free = residuals.classes[host.classNumber]?.partitions.length ?? 0
      const size = free - (residuals.partitions.sizes[host.partition] ?? 0)
      for (const position of positionsOf[kind] ?? []) {
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
    receive: (items, from) => {
      const placed: { host: RunningGpu; before: number }[] = []
      const ordered = [...items].sort(
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
        from.evicted.push(...items)
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
  readonly host: RunningGpu
  readonly partition: number
  readonly position: number
}

/** Those that something left or came to. */
export function listChanges(gpus: readonly RunningGpu[]): readonly GpuChange[] {
  return gpus.filter(({ evicted, incoming }) => evicted.length + incoming.length > 0)
}
