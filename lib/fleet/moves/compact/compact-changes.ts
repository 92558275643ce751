import type { AccessGroup } from '../access-groups.js'
import type { MoveGpu, MoveInstance } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'
import type { CompactProgram, FillColumn } from './compact-program.js'

interface ClearedGpu {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly evicted: readonly MoveInstance[]
  readonly incoming: { kind: number; position: number }[]
}

/** Instances of one kind on their way to a destination. */
interface Waiting {
  readonly kind: number
  count: number
}

/**
 * Names GPUs for the counts of a solution, in the order of the fleet and those that nothing leaves first.
 * One of the kind `wanted` comes in addition. Null: the counts do not add up, so they are no solution.
 */
export function nameChanges(
  program: CompactProgram,
  counts: ArrayLike<number>,
  wanted = -1,
): readonly GpuChange[] | null {
  const { clears, fills } = program
  const byHostClass = clearGpus(program, counts)
  if (byHostClass === null) return null
  const waiting = countWaiting(program, counts, byHostClass, wanted)
  const nextIn = byHostClass.map(() => 0)
  for (const [index, fill] of fills.entries()) {
    const { number } = fill.hostClass
    for (let count = counts[clears.length + index] ?? 0; count > 0; count -= 1) {
      const at = nextIn[number] ?? 0
      const target = byHostClass[number]?.[at]
      if (target === undefined) return null
      nextIn[number] = at + 1
      fillGpu(program, target, fill, waiting)
    }
  }
  if (waiting.some((each) => each.some(({ count }) => count > 0))) return null
  return byHostClass.flat().filter(({ evicted, incoming }) => evicted.length + incoming.length > 0)
}

/** By host class: GPUs with what leaves them, those that nothing leaves first. */
function clearGpus(
  { groups, clears, hostClasses }: CompactProgram,
  counts: ArrayLike<number>,
): readonly (readonly ClearedGpu[])[] | null {
  const byHostClass = hostClasses.map((): ClearedGpu[] => [])
  const left = groups.map(({ sources }) =>
    sources
      .flatMap((source) => source.layoutGroup.members.all().map((gpu) => ({ gpu, source })))
      .sort((a, b) => a.gpu.position - b.gpu.position),
  )
  // What is cleared is cleared from the end, so that the last GPUs become empty.
  for (const [column, { group, option }] of clears.entries()) {
    if (option === 0) continue
    const hostClass = group.options[option]?.hostClass ?? 0
    for (let count = counts[column] ?? 0; count > 0; count -= 1) {
      const next = left[group.number]?.pop()
      if (next === undefined) return null
      const { gpu, source } = next
      const { instances, classGroup } = source.layoutGroup
      const evicted = (source.instances[option] ?? []).map(
        (instance) => gpu.instances[instances.indexOf(instance)] ?? instance,
      )
      const { accessGroup } = classGroup
      byHostClass[hostClass]?.push({ gpu, accessGroup, evicted, incoming: [] })
    }
  }
  for (const [number, gpus] of left.entries()) {
    const hostClass = groups[number]?.options[0]?.hostClass ?? 0
    for (const { gpu, source } of gpus) {
      const { accessGroup } = source.layoutGroup.classGroup
      byHostClass[hostClass]?.push({ gpu, accessGroup, evicted: [], incoming: [] })
    }
  }
  for (const gpus of byHostClass) {
    gpus.sort((a, b) => a.evicted.length - b.evicted.length || a.gpu.position - b.gpu.position)
  }
  return byHostClass
}

/** By destination: what goes there. */
function countWaiting(
  { clears, fills, flows, destinations, destinationsOf }: CompactProgram,
  counts: ArrayLike<number>,
  cleared: readonly (readonly ClearedGpu[])[],
  wanted: number,
): readonly (readonly Waiting[])[] {
  const lists = destinations.map((): Waiting[] => [])
  const gone = destinationsOf.map((_destinations, kind) => Number(kind === wanted))
  for (const { evicted } of cleared.flat()) {
    for (const { kind } of evicted) gone[kind] = (gone[kind] ?? 0) + 1
  }
  for (const [kind, each] of destinationsOf.entries()) {
    const [only] = each
    if (each.length === 1 && only !== undefined) lists[only]?.push({ kind, count: gone[kind] ?? 0 })
  }
  for (const [index, { kind, destination }] of flows.entries()) {
    const flow = counts[clears.length + fills.length + index] ?? 0
    const count = Math.min(flow, gone[kind] ?? 0)
    gone[kind] = (gone[kind] ?? 0) - count
    lists[destination]?.push({ kind, count })
  }
  return lists
}

function fillGpu(
  { destinations }: CompactProgram,
  target: ClearedGpu,
  { hostClass, pattern }: FillColumn,
  waiting: readonly (readonly Waiting[])[],
): void {
  for (const { number, accessGroup, position } of destinations) {
    if (accessGroup !== hostClass.accessGroup) continue
    let free = pattern[position] ?? 0
    for (const entry of waiting[number] ?? []) {
      const taken = Math.min(free, entry.count)
      entry.count -= taken
      free -= taken
      for (let each = 0; each < taken; each += 1) {
        target.incoming.push({ kind: entry.kind, position })
      }
    }
  }
}
