import { requireResiduals } from '../../solver/tables/tables.js'
import type { GpuGroup } from '../model/grouped-problem.js'
import { listPatterns, type Pattern } from '../program/patterns.js'

/** What a GPU takes if so many of its idle instances are cleared. Those that stay are taken, too. */
export interface ClearPattern {
  readonly pattern: Pattern
  readonly cleared: number
}

/** The largest patterns of a group with idle instances, for each number of them that is cleared. Null: it has none. */
export function listClearPatterns(
  { model, idle = [], members }: GpuGroup,
  positions: readonly number[],
): readonly ClearPattern[] | null {
  const [member] = members
  if (idle.length === 0 || member === undefined) return null
  const { tables } = model
  const { nextOf } = tables.states
  const { classOf } = requireResiduals(tables)
  const asked = new Set(positions)
  const nothing = [...tables.profiles.map(() => 0), 0]
  const found: ClearPattern[] = []
  const walk = (index: number, state: number, kept: readonly number[], cleared: number): void => {
    const place = idle[index]
    if (place === undefined) {
      const beside = listPatterns(tables, classOf[state] ?? 0, positions)
      for (const pattern of beside.length === 0 ? [nothing] : beside) {
        const all = pattern.map((count, position) => count + (kept[position] ?? 0))
        if (all.some((count) => count > 0)) found.push({ pattern: all, cleared })
      }
      return
    }
    const { number, profilePosition: own } = place
    const more = asked.has(own) ? kept.with(own, (kept[own] ?? 0) + 1) : kept
    walk(index + 1, nextOf(state)[number] ?? -1, more, cleared)
    walk(index + 1, state, kept, cleared + 1)
  }
  walk(0, member.state, nothing, 0)
  const kept: ClearPattern[] = []
  for (const one of found.sort((a, b) => a.cleared - b.cleared || sizeOf(b) - sizeOf(a)))
    if (!kept.some((other) => isPart(one.pattern, other.pattern))) kept.push(one)
  return kept
}

function sizeOf({ pattern }: ClearPattern): number {
  return pattern.reduce((sum, count) => sum + count, 0)
}

function isPart(one: Pattern, other: Pattern): boolean {
  return one.every((count, position) => count <= (other[position] ?? 0))
}
