import { type GpuGroup, onlyPosition } from '../model/grouped-problem.js'
import { listPatterns, type Pattern } from '../program/patterns.js'
import { listClearPatterns } from './clear-patterns.js'
import type { PoolProfile } from './pool-profiles.js'

/** The largest patterns of a group. Groups with equal ones may share the list. */
export interface GroupPatterns {
  readonly patterns: readonly Pattern[]
  /** The idle instances that each of them clears. Null: they do not count. */
  readonly cleared: readonly number[] | null
}

/** So many GPUs of one group take one pattern. */
export interface PatternColumn {
  readonly group: GpuGroup
  readonly pattern: Pattern
  /** The instances of the pattern; `profile` is a position in `poolProfiles`. */
  readonly holds: readonly { readonly profile: number; readonly count: number }[]
  /** The idle instances that each of these GPUs clears. Omitted: they do not count. */
  readonly cleared?: number
}

/** `positions`: of the profiles that some demand takes in the group's pool, ascending. */
export function listLargest(group: GpuGroup, positions: readonly number[]): GroupPatterns {
  const clearing = listClearPatterns(group, positions)
  if (clearing === null) return { patterns: patternsOf(group, positions), cleared: null }
  return {
    patterns: clearing.map(({ pattern }) => pattern),
    cleared: clearing.map(({ cleared }) => cleared),
  }
}

/** `asked`: the profiles that some demand takes in the group's pool, by position. */
export function listPatternColumns(
  group: GpuGroup,
  largest: GroupPatterns | undefined,
  asked: readonly PoolProfile[],
): readonly PatternColumn[] {
  const { patterns = [], cleared = null } = largest ?? {}
  return patterns.map((pattern, index) => {
    const holds = listHeld(pattern, asked)
    return cleared === null
      ? { group, pattern, holds }
      : { group, pattern, cleared: cleared[index] ?? 0, holds }
  })
}

function listHeld(pattern: Pattern, asked: readonly PoolProfile[]): PatternColumn['holds'] {
  const held: { readonly profile: number; readonly count: number }[] = []
  for (const { number, position } of asked) {
    const count = pattern[position] ?? 0
    if (count > 0) held.push({ profile: number, count })
  }
  return held
}

function patternsOf(group: GpuGroup, asked: readonly number[]): readonly Pattern[] {
  const { model, classNumber } = group
  const whole = model.tables.profiles.length
  const only = onlyPosition(group)
  if (only !== null) {
    const one = Array.from({ length: whole + 1 }, (_, position) => Number(position === only))
    return asked.includes(only) ? [one] : []
  }
  return listPatterns(
    model.tables,
    classNumber,
    asked.filter((position) => position < whole),
  )
}
