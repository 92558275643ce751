import type { MoveSite } from '../access-groups.js'
import type { MoveGpu, MoveItem } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'
import type { ClearedRoom } from './cleared-room.js'
import type { CompactProgram } from './compact-program.js'

interface ClearedGpu {
  readonly gpu: MoveGpu
  readonly site: MoveSite
  readonly evicted: readonly MoveItem[]
  readonly incoming: { kind: number; position: number }[]
}

/**
 * Names of GPUs for the counts of a solution: in the order of the fleet, those that nothing goes from
 * first. One of the kind `wanted` comes in addition. Null: the counts do not add up, so they are no solution.
 */
export function nameChanges(
  program: CompactProgram,
  counts: ArrayLike<number>,
  wanted = -1,
): readonly GpuChange[] | null {
  const { groups, clears, fills, flows, slots, slotsOf, rooms } = program
  const byRoom = rooms.map((): ClearedGpu[] => [])
  const left = groups.map(({ types }) =>
    types.flatMap(({ type, items }) => type.members.all().map((gpu) => ({ gpu, type, items }))),
  )
  for (const gpus of left) gpus.sort((a, b) => a.gpu.position - b.gpu.position)
  // Ways that clear something take the last GPUs: what is emptied is emptied from the end.
  for (const [column, { group, option }] of clears.entries()) {
    if (option === 0) continue
    for (let count = counts[column] ?? 0; count > 0; count -= 1) {
      const next = left[group.number]?.pop()
      if (next === undefined) return null
      const { gpu, type, items } = next
      const evicted = (items[option] ?? []).map(
        (item) => gpu.items[type.items.indexOf(item)] ?? item,
      )
      const room = group.options[option]?.room ?? 0
      byRoom[room]?.push({ gpu, site: type.cell.site, evicted, incoming: [] })
    }
  }
  for (const [number, gpus] of left.entries()) {
    const room = groups[number]?.options[0]?.room ?? 0
    for (const { gpu, type } of gpus) {
      byRoom[room]?.push({ gpu, site: type.cell.site, evicted: [], incoming: [] })
    }
  }

  const waiting = countWaiting(byRoom, counts)
  const changes: GpuChange[] = []
  for (const gpus of byRoom) {
    gpus.sort((a, b) => a.evicted.length - b.evicted.length || a.gpu.position - b.gpu.position)
  }
  const nextIn = rooms.map(() => 0)
  for (const [index, { room, pattern }] of fills.entries()) {
    for (let count = counts[clears.length + index] ?? 0; count > 0; count -= 1) {
      const at = nextIn[room.number] ?? 0
      const target = byRoom[room.number]?.[at]
      if (target === undefined) return null
      nextIn[room.number] = at + 1
      fillGpu(target, room, pattern)
    }
  }
  for (const each of waiting) if (each.some(({ count }) => count > 0)) return null
  for (const gpus of byRoom) {
    for (const change of gpus) {
      if (change.evicted.length + change.incoming.length > 0) changes.push(change)
    }
  }
  return changes

  function fillGpu(target: ClearedGpu, { site }: ClearedRoom, pattern: readonly number[]): void {
    for (const slot of slots) {
      if (slot.site !== site) continue
      let free = pattern[slot.position] ?? 0
      for (const entry of waiting[slot.number] ?? []) {
        const taken = Math.min(free, entry.count)
        entry.count -= taken
        free -= taken
        for (let number = 0; number < taken; number += 1) {
          target.incoming.push({ kind: entry.kind, position: slot.position })
        }
      }
    }
  }

  function countWaiting(
    cleared: readonly (readonly ClearedGpu[])[],
    values: ArrayLike<number>,
  ): { kind: number; count: number }[][] {
    const lists = slots.map((): { kind: number; count: number }[] => [])
    const gone = slotsOf.map((_slots, kind) => Number(kind === wanted))
    for (const { evicted } of cleared.flat()) {
      for (const { kind } of evicted) gone[kind] = (gone[kind] ?? 0) + 1
    }
    for (const [kind, each] of slotsOf.entries()) {
      const only = each[0]
      if (each.length === 1 && only !== undefined) {
        lists[only]?.push({ kind, count: gone[kind] ?? 0 })
      }
    }
    for (const [index, { kind, slot }] of flows.entries()) {
      const flow = values[clears.length + fills.length + index] ?? 0
      const count = Math.min(flow, gone[kind] ?? 0)
      gone[kind] = (gone[kind] ?? 0) - count
      lists[slot]?.push({ kind, count })
    }
    return lists
  }
}
