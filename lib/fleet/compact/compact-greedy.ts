import type { MoveSite } from '../moves/move-sites.js'
import type { MoveGpu, MoveView } from '../moves/move-view.js'
import type { GpuChange } from '../moves/name-moves.js'
import type { Budget } from '../program/simplex.js'

interface RunningGpu {
  readonly gpu: MoveGpu
  readonly site: MoveSite
  /** Partition that came so far. */
  partition: number
  readonly incoming: { kind: number; position: number }[]
  isEmptied: boolean
}

/**
 * Without HiGHS: GPU by GPU, the cheapest to empty first, what is on it goes to the fullest GPUs that
 * have room, until `fewest` are left or nothing more can be emptied.
 */
export function emptyGreedily(
  view: MoveView,
  fewest: number,
  budget: Budget,
): readonly GpuChange[] {
  const gpus = view.types
    .flatMap(({ cell, members }) =>
      members.all().map((gpu): RunningGpu & { readonly classNumber: number } => ({
        gpu,
        site: cell.site,
        classNumber: cell.classNumber,
        partition: 0,
        incoming: [],
        isEmptied: false,
      })),
    )
    .sort((a, b) => a.gpu.position - b.gpu.position)
  const inUse = gpus.filter(({ gpu }) => gpu.items.length > 0)
  // Buckets of GPUs with the same room: what is tried once need not be tried again for the others.
  const buckets = new Map<string, typeof gpus>()
  const keyOf = (each: (typeof gpus)[number]): string =>
    `${each.site.number}:${each.classNumber}:${each.partition}`
  for (const each of inUse) {
    const list = buckets.get(keyOf(each))
    if (list === undefined) buckets.set(keyOf(each), [each])
    else list.push(each)
  }
  const take = (each: (typeof gpus)[number], partition: number): void => {
    const list = buckets.get(keyOf(each)) ?? []
    list.splice(list.indexOf(each), 1)
    each.partition = partition
    const next = buckets.get(keyOf(each))
    if (next === undefined) buckets.set(keyOf(each), [each])
    else next.push(each)
  }
  const sizeOf = ({ site, classNumber }: (typeof gpus)[number]): number =>
    site.residuals.classes[classNumber]?.partitions.length ?? 0

  const findHost = (
    kind: number,
    except: (typeof gpus)[number],
  ): { host: (typeof gpus)[number]; partition: number; position: number } | null => {
    let best: { host: (typeof gpus)[number]; partition: number; position: number } | null = null
    let least = Number.POSITIVE_INFINITY
    for (const list of buckets.values()) {
      const host = list.find((each) => each !== except && !each.isEmptied)
      if (host === undefined) continue
      const { residuals, model, positionsOf } = host.site
      const width = model.tables.profiles.length
      for (const position of positionsOf[kind] ?? []) {
        const more = residuals.partitions.withOneMore[host.partition * width + position] ?? -1
        if (more < 0 || !residuals.holds(host.classNumber, more)) continue
        const size = sizeOf(host) - (residuals.partitions.sizes[host.partition] ?? 0)
        if (size >= least) continue
        least = size
        best = { host, partition: more, position }
      }
    }
    return best
  }

  const order = inUse
    .filter(({ gpu }) => gpu.items.every(({ cost }) => cost >= 0))
    .map((each) => ({ each, cost: each.gpu.items.reduce((sum, { cost }) => sum + cost, 0) }))
    .sort((a, b) => a.cost - b.cost || b.each.gpu.position - a.each.gpu.position)
  let used = inUse.length
  for (const { each } of order) {
    if (used <= fewest || !budget.spend(buckets.size)) break
    if (each.incoming.length > 0) continue
    const placed: { host: typeof each; before: number }[] = []
    const items = [...each.gpu.items].sort(
      (a, b) => b.place.placement.size - a.place.placement.size || a.kind - b.kind,
    )
    const isPlaced = items.every(({ kind }) => {
      const found = findHost(kind, each)
      if (found === null) return false
      placed.push({ host: found.host, before: found.host.partition })
      found.host.incoming.push({ kind, position: found.position })
      take(found.host, found.partition)
      return true
    })
    if (!isPlaced) {
      for (const { host, before } of placed.reverse()) {
        host.incoming.pop()
        take(host, before)
      }
      continue
    }
    each.isEmptied = true
    const list = buckets.get(keyOf(each)) ?? []
    list.splice(list.indexOf(each), 1)
    used -= 1
  }
  return inUse
    .filter(({ isEmptied, incoming }) => isEmptied || incoming.length > 0)
    .map(({ gpu, site, isEmptied, incoming }) => ({
      gpu,
      site,
      evicted: isEmptied ? gpu.items : [],
      incoming,
    }))
}
