import type { FleetObjective } from '../../../types/fleet/pack.js'
import { numberAt } from '../../model/numbers.js'
import { type GroupedProblem, isIdleGroup } from '../model/grouped-problem.js'
import type { PatternCounts } from '../program/search-whole.js'
import {
  assignDemands,
  countPlaced,
  createAssignment,
  type DemandAssignment,
} from './assign-demands.js'
import type { ClassProgram } from './class-program.js'
import type { PatternColumn } from './group-patterns.js'
import type { ServedDemands } from './pool-profiles.js'

export interface PatternUse {
  readonly column: PatternColumn
  readonly count: number
}

/** A packing by numbers, in which no GPU or request has a name yet. */
export interface PackedClasses {
  readonly uses: readonly PatternUse[]
  readonly assignment: DemandAssignment
  readonly objective: FleetObjective
}

type PatternProgram = Pick<ClassProgram, keyof ServedDemands | 'poolProfiles' | 'patterns'>

/** Places the requests in these patterns, and drops the GPUs that are then not needed. */
export function packClasses(
  fleet: GroupedProblem,
  program: PatternProgram,
  given: PatternCounts,
): PackedClasses {
  const { patterns, poolProfiles } = program
  const counts = withIdle(patterns, given)
  const capacity = poolProfiles.map(() => 0)
  for (const [index, { holds }] of patterns.entries()) {
    const gpus = numberAt(counts, index)
    if (gpus === 0) continue
    for (const { profile, count } of holds) {
      capacity[profile] = (capacity[profile] ?? 0) + gpus * count
    }
  }
  const assignment = assignDemands(program, capacity, fleet.goal === 'memory')
  const wanted = countPlaced(program, assignment)
  const uses: PatternUse[] = []
  // What is idle comes first, because nothing has to be created. GPUs in use come next, because they cost nothing more.
  for (const rank of [0, 1, 2]) {
    for (const [index, column] of patterns.entries()) {
      const most = numberAt(counts, index)
      if (most === 0 || rankOf(column) !== rank) continue
      let needed = 0
      for (const { profile, count } of column.holds) {
        needed = Math.max(needed, Math.ceil(Math.min(wanted[profile] ?? 0, most * count) / count))
      }
      for (const { profile, count } of column.holds) {
        wanted[profile] = Math.max(0, (wanted[profile] ?? 0) - needed * count)
      }
      if (needed > 0) uses.push({ column, count: needed })
    }
  }
  return { uses, assignment, objective: sumUp(fleet, program, uses, assignment) }
}

function rankOf({ group }: PatternColumn): number {
  if (isIdleGroup(group)) return 0
  return group.inUse ? 1 : 2
}

/** Everything idle may be taken, whatever else is. */
function withIdle(patterns: ClassProgram['patterns'], counts: PatternCounts): PatternCounts {
  if (!patterns.some(({ group }) => isIdleGroup(group))) return counts
  return Float64Array.from(patterns, ({ group }, index) =>
    isIdleGroup(group) ? group.count : numberAt(counts, index),
  )
}

export function sumUp(
  fleet: GroupedProblem,
  { demands, poolProfiles, profilesOf }: PatternProgram,
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
        cost += count * (poolProfiles[profilesOf[demand]?.[index] ?? 0]?.memoryMiB ?? 0)
      }
    }
  }
  return { unplacedValue, gpus, cost }
}

/**
 * Adds GPUs, one pattern after the other, until no request that is left fits anywhere. GPUs in use come
 * first, then the pattern that takes the most of what is left. What is late stays without a place.
 */
export function fillUp(
  fleet: GroupedProblem,
  program: ClassProgram,
  start: PatternCounts,
  weights: readonly number[],
  isLate: () => boolean,
): PackedClasses {
  const counts = start.slice()
  const gpusLeft = fleet.groups.map(({ count }) => count)
  const assignment = createAssignment(program, false)
  const addGpus = ({ group, holds }: PatternColumn, gpus: number): void => {
    gpusLeft[group.number] = (gpusLeft[group.number] ?? 0) - gpus
    for (const { profile, count } of holds) assignment.addCapacity(profile, gpus * count)
  }
  for (const [index, column] of program.patterns.entries()) {
    const gpus = numberAt(counts, index)
    if (gpus > 0) addGpus(column, gpus)
  }
  for (;;) {
    assignment.placeMore()
    const { unplaced } = assignment
    const wanted = program.poolProfiles.map(() => 0)
    for (const [demand, count] of unplaced.entries()) {
      for (const profile of program.profilesOf[demand] ?? []) {
        wanted[profile] = (wanted[profile] ?? 0) + count
      }
    }
    let best = -1
    let bestWorth = 0
    for (const [index, { group, holds }] of program.patterns.entries()) {
      if ((gpusLeft[group.number] ?? 0) === 0) continue
      let worth = 0
      for (const { profile, count } of holds) {
        worth += Math.min(count, wanted[profile] ?? 0) * (weights[profile] ?? 1)
      }
      if (worth === 0) continue
      if (group.inUse) worth += 1e12
      if (worth > bestWorth) {
        best = index
        bestWorth = worth
      }
    }
    const chosen = program.patterns[best]
    if (chosen === undefined || isLate()) return packClasses(fleet, program, counts)
    const times = chosen.holds
      .filter(({ profile }) => (wanted[profile] ?? 0) > 0)
      .map(({ profile, count }) => Math.floor((wanted[profile] ?? 0) / count / 2))
    const left = gpusLeft[chosen.group.number] ?? 0
    const count = Math.min(left, Math.max(1, Math.min(...times)))
    counts[best] = numberAt(counts, best) + count
    addGpus(chosen, count)
  }
}
