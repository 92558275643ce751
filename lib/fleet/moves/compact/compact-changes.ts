import type { AccessGroup } from '../access-groups.js'
import type { MoveGpu, MoveInstance } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'
import type { ClearSource } from './clear-groups.js'
import { destinationAt, type FillColumn } from './compact-columns.js'
import type { CompactProgram } from './compact-program.js'
import { type OrderedMembers, orderMembers } from './ordered-members.js'

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
  const cleared = clearGpus(program, counts)
  if (cleared === null) return null
  const waiting = countWaiting(program, counts, cleared.changes, wanted)
  const filled: ClearedGpu[] = []
  const nextIn = cleared.byHostClass.map(() => 0)
  for (const [index, fill] of fills.entries()) {
    const { number } = fill.hostClass
    for (let count = counts[clears.length + index] ?? 0; count > 0; count -= 1) {
      const at = nextIn[number] ?? 0
      const target = cleared.byHostClass[number]?.(at) ?? null
      if (target === null) return null
      nextIn[number] = at + 1
      fillGpu(program, target, fill, waiting)
      if (target.evicted.length === 0) filled.push(target)
    }
  }
  if (waiting.some((each) => each.some(({ count }) => count > 0))) return null
  return [...cleared.changes, ...filled.filter(({ incoming }) => incoming.length > 0)]
}

interface Cleared {
  /** The GPUs that something leaves. */
  readonly changes: readonly ClearedGpu[]
  /** By host class: its GPUs by number, those that nothing leaves first. Null: there are no more. */
  readonly byHostClass: readonly ((at: number) => ClearedGpu | null)[]
}

function clearGpus(program: CompactProgram, counts: ArrayLike<number>): Cleared | null {
  const { groups, clears, hostClasses } = program
  const byHostClass = hostClasses.map((): ClearedGpu[] => [])
  const untouched = hostClasses.map((): OrderedMembers<ClearSource>[] => [])
  const members = groups.map(({ sources }) => orderMembers(sources, listOf))
  const left = members.map(({ length }) => length)
  // What is cleared is cleared from the end, so that the last GPUs become empty.
  for (const [column, { group, option }] of clears.entries()) {
    if (option === 0) continue
    const hostClass = group.options[option]?.hostClass ?? 0
    for (let count = counts[column] ?? 0; count > 0; count -= 1) {
      const last = (left[group.number] ?? 0) - 1
      if (last < 0) return null
      left[group.number] = last
      const next = members[group.number]?.at(last)
      if (next === undefined) return null
      const gpu = readMember(next)
      const { instances, classGroup } = next.source.layoutGroup
      const evicted = (next.source.instances[option] ?? []).map(
        (instance) => gpu.instances[instances.indexOf(instance)] ?? instance,
      )
      const { accessGroup } = classGroup
      byHostClass[hostClass]?.push({ gpu, accessGroup, evicted, incoming: [] })
    }
  }
  for (const [number, all] of members.entries()) {
    const hostClass = groups[number]?.options[0]?.hostClass ?? 0
    untouched[hostClass]?.push(all.first(left[number] ?? 0))
  }
  for (const gpus of byHostClass) {
    gpus.sort((a, b) => a.evicted.length - b.evicted.length || a.gpu.position - b.gpu.position)
  }
  return {
    changes: byHostClass.flat(),
    byHostClass: byHostClass.map((gpus, number) => {
      const before = orderMembers(untouched[number] ?? [], (part) => part)
      return (at) => {
        if (at >= before.length) return gpus[at - before.length] ?? null
        const { source, index } = before.at(at)
        const member = source.at(index)
        const { accessGroup } = member.source.layoutGroup.classGroup
        return { gpu: readMember(member), accessGroup, evicted: [], incoming: [] }
      }
    }),
  }
}

function listOf({ layoutGroup }: ClearSource): ClearSource['layoutGroup']['members'] {
  return layoutGroup.members
}

function readMember({ source, index }: ReturnType<OrderedMembers<ClearSource>['at']>): MoveGpu {
  const gpu = source.layoutGroup.members.at(index)
  if (gpu === undefined) throw new Error('a list has all of its GPUs')
  return gpu
}

/** By destination: what goes there. */
function countWaiting(
  { clears, fills, flows, destinations, destinationsOf }: CompactProgram,
  counts: ArrayLike<number>,
  cleared: readonly ClearedGpu[],
  wanted: number,
): readonly (readonly Waiting[])[] {
  const lists = destinations.map((): Waiting[] => [])
  const gone = destinationsOf.map((_destinations, kind) => Number(kind === wanted))
  for (const { evicted } of cleared) {
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
  { firstOf }: CompactProgram,
  target: ClearedGpu,
  { hostClass: { accessGroup }, pattern }: FillColumn,
  waiting: readonly (readonly Waiting[])[],
): void {
  for (const position of accessGroup.positions) {
    let free = pattern[position] ?? 0
    for (const entry of waiting[destinationAt({ firstOf }, accessGroup, position)] ?? []) {
      const taken = Math.min(free, entry.count)
      entry.count -= taken
      free -= taken
      for (let each = 0; each < taken; each += 1) {
        target.incoming.push({ kind: entry.kind, position })
      }
    }
  }
}
