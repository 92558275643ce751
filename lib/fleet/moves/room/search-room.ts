import { at } from '../../../model/numbers.js'
import type { Budget } from '../../program/linear-program.js'
import type { Eviction } from '../evictions.js'
import type { ClassGroup, GroupedFleet } from '../grouped-fleet.js'
import { type CostBounds, fitsIn } from './cost-bounds.js'
import { createRemainingCost, unknownCost } from './remaining-cost.js'
import { createTouchedGpus, type Touched } from './touched-gpus.js'

export interface SearchResult {
  readonly found: readonly Touched[] | null
  /** The lowest threshold with which a further search could find more. */
  readonly next: number
  readonly stopped: boolean
}

export interface SearchLimits {
  /** The most that a plan may cost. */
  readonly threshold: number
  readonly mostMoves: number
  readonly budget: Budget
}

/** What is left to do on the present path of a search. */
interface Remaining {
  /** Kinds that need a place, the hardest first. */
  readonly pending: readonly number[]
  /** What the path has cost so far. */
  readonly cost: number
  readonly moves: number
}

/**
 * Searches all plans within the limits, depth first and the hardest kind first. GPUs count by class, and what
 * failed once with the same GPUs touched is not tried again.
 */
export function searchAt(
  fleet: GroupedFleet,
  /** Cheapest first. */
  evictions: readonly Eviction[],
  bounds: CostBounds | null,
  { threshold, mostMoves, budget }: SearchLimits,
): SearchResult {
  const touched = createTouchedGpus(fleet)
  const remainingCost = bounds === null ? unknownCost : createRemainingCost(bounds)
  const hosts = createHostFinder(fleet, evictions)
  // The hardest kind is the one that the fewest class groups can take.
  const hardness = new Int32Array(fleet.kinds.length).fill(-1)
  const hardnessOf = (kind: number): number => {
    if (hardness[kind] === -1) hardness[kind] = hosts.groupsFor(kind).length
    return hardness[kind] as number
  }
  const byHardness = (a: number, b: number): number => hardnessOf(a) - hardnessOf(b) || a - b
  const failed = new Set<string>()
  let next = Number.POSITIVE_INFINITY
  let stopped = false

  const search = (remaining: Remaining): boolean => {
    const { pending, cost, moves } = remaining
    const [kind] = pending
    if (kind === undefined) return true
    if (stopped || !budget.spend(1)) {
      stopped = true
      return false
    }
    const total = cost + remainingCost.least(pending, touched.list)
    if (total > threshold) {
      next = Math.min(next, total)
      return false
    }
    const key = touched.list.length < 2 ? null : keyOf(remaining)
    if (key !== null && failed.has(key)) return false
    const rest = { pending: pending.slice(1), cost, moves }
    if (placeOnTouched(kind, rest) || placeOnOther(kind, rest) || placeAfterEviction(kind, rest)) {
      return true
    }
    if (key !== null && !stopped) failed.add(key)
    return false
  }

  const keyOf = ({ pending, moves }: Remaining): string =>
    `${pending.join()}|${mostMoves === Number.POSITIVE_INFINITY ? '' : moves}|${touched.key()}`

  const placeOn = (target: Touched, kind: number, rest: Remaining): boolean => {
    const { residuals, model, positionsOf } = target.classGroup.accessGroup
    const width = model.tables.profiles.length
    for (const position of positionsOf.get(kind) ?? []) {
      const before = target.partition
      const more = residuals.partitions.withOneMore[before * width + position] ?? -1
      if (more < 0 || !residuals.holds(target.classAfter, more)) continue
      target.partition = more
      target.incoming.push({ kind, position })
      remainingCost.place(kind, 1)
      if (search(rest)) return true
      remainingCost.place(kind, -1)
      target.incoming.pop()
      target.partition = before
    }
    return false
  }

  const placeOnTouched = (kind: number, rest: Remaining): boolean =>
    touched.list.some((target) => placeOn(target, kind, rest))

  const placeOnOther = (kind: number, rest: Remaining): boolean => {
    for (const classGroup of hosts.groupsFor(kind)) {
      if (!touched.hasLeft(classGroup)) continue
      if (placeOn(touched.take(classGroup), kind, rest)) return true
      touched.giveBack()
    }
    return false
  }

  const placeAfterEviction = (kind: number, rest: Remaining): boolean => {
    const tried = countWithin(evictions, threshold - rest.cost)
    for (const index of hosts.evictionsFor(kind)) {
      if (index >= tried) break
      const eviction = at(evictions, index)
      const { classGroup, kinds } = eviction
      const cost = rest.cost + eviction.cost
      const moves = rest.moves + kinds.length
      if (moves > mostMoves || !touched.hasLeft(classGroup)) continue
      const target = touched.clear(eviction)
      if (target === null) continue
      remainingCost.evict(eviction, 1)
      const pending = [...rest.pending, ...kinds].sort(byHardness)
      if (placeOn(target, kind, { pending, cost, moves })) return true
      remainingCost.evict(eviction, -1)
      touched.giveBack()
      if (stopped) return false
    }
    const dearer = evictions[tried]
    if (dearer !== undefined && rest.moves + dearer.kinds.length <= mostMoves)
      next = Math.min(next, rest.cost + dearer.cost)
    if (!budget.spend(Math.ceil(tried / 16))) stopped = true
    return false
  }

  const isFound = search({ pending: [fleet.wanted], cost: 0, moves: 0 })
  return { found: isFound ? touched.list : null, next, stopped }
}

/** How many of the evictions, which are in the order of their cost, cost at most so much. */
function countWithin(evictions: readonly Eviction[], most: number): number {
  let low = 0
  let high = evictions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at(evictions, middle).cost > most) high = middle
    else low = middle + 1
  }
  return low
}

/** Where a kind fits, found once for each kind. */
interface HostFinder {
  /** Class groups that take one as they are: what is idle first, then those that can take the least. */
  readonly groupsFor: (kind: number) => readonly ClassGroup[]
  /** By index, ascending: evictions that make room for one. */
  readonly evictionsFor: (kind: number) => readonly number[]
}

function createHostFinder(
  { kinds, classGroups }: GroupedFleet,
  evictions: readonly Eviction[],
): HostFinder {
  const tightest = sortByCapacity(classGroups)
  const groups: (readonly ClassGroup[] | undefined)[] = kinds.map(() => undefined)
  const made: (readonly number[] | undefined)[] = kinds.map(() => undefined)
  return {
    groupsFor: (kind) => {
      groups[kind] ??= tightest.filter((group) => fitsIn(group, group.classNumber, 0, kind) >= 0)
      return groups[kind]
    },
    evictionsFor: (kind) => {
      const known = made[kind]
      if (known !== undefined) return known
      const found: number[] = []
      for (const [index, { classGroup, classAfter }] of evictions.entries())
        if (fitsIn(classGroup, classAfter, 0, kind) >= 0) found.push(index)
      made[kind] = found
      return found
    },
  }
}

/** What is idle first, then those that can take the least. */
function sortByCapacity(classGroups: readonly ClassGroup[]): readonly ClassGroup[] {
  const sizeOf = ({ accessGroup, classNumber, layoutGroups }: ClassGroup): number =>
    layoutGroups[0]?.slot === undefined
      ? (accessGroup.residuals.classes[classNumber]?.partitions.length ?? 0)
      : 0
  return [...classGroups].sort(
    (a, b) => sizeOf(a) - sizeOf(b) || b.classNumber - a.classNumber || a.number - b.number,
  )
}
