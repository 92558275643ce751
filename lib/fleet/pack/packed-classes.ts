import type { FleetObjective } from '../../../types/fleet/pack.js'
import { assignDemands, type DemandAssignment } from './assign-demands.js'
import type { ClassProgram, PatternColumn } from './class-program.js'
import type { PatternCounts } from './class-search.js'
import type { PackGroups } from './pack-groups.js'

export interface PatternUse {
  readonly column: PatternColumn
  readonly count: number
}

/** A packing by numbers: what is placed where, but no GPU or request has a name yet. */
export interface PackedClasses {
  readonly uses: readonly PatternUse[]
  readonly assignment: DemandAssignment
  readonly objective: FleetObjective
}

/** Puts the requests into these patterns, and drops the GPUs that are then not needed. */
export function packClasses(
  fleet: PackGroups,
  program: ClassProgram,
  counts: PatternCounts,
): PackedClasses {
  const { patterns, slots } = program
  const room = slots.map(() => 0)
  for (const [index, { room: each }] of patterns.entries()) {
    const gpus = counts[index] ?? 0
    if (gpus === 0) continue
    for (const { slot, count } of each) room[slot] = (room[slot] ?? 0) + gpus * count
  }
  const assignment = assignDemands(program, room, fleet.goal === 'memory')
  const wanted = slots.map(() => 0)
  for (const [demand, each] of assignment.placed.entries()) {
    for (const [index, count] of each.entries()) {
      const slot = program.slotsOf[demand]?.[index] ?? 0
      wanted[slot] = (wanted[slot] ?? 0) + count
    }
  }
  const uses: PatternUse[] = []
  // GPUs in use first: they cost nothing more.
  for (const inUse of [true, false]) {
    for (const [index, column] of patterns.entries()) {
      const most = counts[index] ?? 0
      if (most === 0 || column.group.inUse !== inUse) continue
      let needed = 0
      for (const { slot, count } of column.room) {
        needed = Math.max(needed, Math.ceil(Math.min(wanted[slot] ?? 0, most * count) / count))
      }
      for (const { slot, count } of column.room) {
        wanted[slot] = Math.max(0, (wanted[slot] ?? 0) - needed * count)
      }
      if (needed > 0) uses.push({ column, count: needed })
    }
  }
  return { uses, assignment, objective: sumUp(fleet, program, uses, assignment) }
}

function sumUp(
  fleet: PackGroups,
  { demands, slots, slotsOf }: ClassProgram,
  uses: readonly PatternUse[],
  { placed, unplaced }: DemandAssignment,
): FleetObjective {
  let unplacedValue = 0
  for (const [index, count] of unplaced.entries()) {
    unplacedValue += count * (demands[index]?.value ?? 0)
  }
  let gpus = fleet.inUse
  let cost = 0
  for (const { column, count } of uses) {
    if (column.group.inUse) continue
    gpus += count
    cost += count * column.group.cost
  }
  if (fleet.goal === 'memory') {
    for (const [demand, each] of placed.entries()) {
      for (const [index, count] of each.entries()) {
        cost += count * (slots[slotsOf[demand]?.[index] ?? 0]?.memoryMiB ?? 0)
      }
    }
  }
  return { unplacedValue, gpus, cost }
}

/** Below 0: the first is better. */
export function compareObjectives(a: FleetObjective, b: FleetObjective): number {
  return a.unplacedValue - b.unplacedValue || a.gpus - b.gpus || a.cost - b.cost
}

/**
 * Adds GPUs, one pattern after the other, until nothing that is left over fits anywhere: first those in
 * use, then the pattern that takes the most of it.
 */
export function fillUp(
  fleet: PackGroups,
  program: ClassProgram,
  start: PatternCounts,
  weights: readonly number[],
): PackedClasses {
  const counts = start.slice()
  const supply = fleet.groups.map(({ count }) => count)
  for (const [index, { group }] of program.patterns.entries()) {
    supply[group.number] = (supply[group.number] ?? 0) - (counts[index] ?? 0)
  }
  for (;;) {
    const packed = packClasses(fleet, program, counts)
    const left = packed.assignment.unplaced
    const wanted = program.slots.map(() => 0)
    for (const [demand, count] of left.entries()) {
      for (const slot of program.slotsOf[demand] ?? []) wanted[slot] = (wanted[slot] ?? 0) + count
    }
    let best = -1
    let bestWorth = 0
    for (const [index, { group, room }] of program.patterns.entries()) {
      if ((supply[group.number] ?? 0) === 0) continue
      let worth = 0
      for (const { slot, count } of room) {
        worth += Math.min(count, wanted[slot] ?? 0) * (weights[slot] ?? 1)
      }
      if (worth === 0) continue
      if (group.inUse) worth += 1e12
      if (worth > bestWorth) {
        best = index
        bestWorth = worth
      }
    }
    const chosen = program.patterns[best]
    if (chosen === undefined) return packed
    const times = chosen.room
      .filter(({ slot }) => (wanted[slot] ?? 0) > 0)
      .map(({ slot, count }) => Math.floor((wanted[slot] ?? 0) / count / 2))
    const supplied = supply[chosen.group.number] ?? 0
    const count = Math.min(supplied, Math.max(1, Math.min(...times)))
    counts[best] = (counts[best] ?? 0) + count
    supply[chosen.group.number] = supplied - count
  }
}
