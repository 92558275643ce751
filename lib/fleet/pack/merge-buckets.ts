import { cached } from '../../model/cached.js'
import { sum } from '../../model/numbers.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import { type Figure, figures } from '../model/objective.js'
import { type DemandPrices, leastProven } from '../program/price-bound.js'
import { type ClassProgram, createClassProgram } from './class-program.js'
import type { ClassAnswer } from './class-stages.js'
import type { ServedDemands } from './pool-profiles.js'
import type { Bucket, ValueClass } from './value-classes.js'

export interface BucketAnswer {
  readonly answer: ClassAnswer
  readonly served: ServedDemands
}

/** The problem with one demand for each bucket. */
export function mergeBuckets(
  fleet: GroupedProblem,
  buckets: readonly Bucket[],
): { readonly merged: GroupedProblem; readonly program: ClassProgram } {
  const demands = buckets.map(({ valueClass, from, to }, number): DemandGroup => {
    const members = valueClass.slice(from, to)
    const count = sum(members.map((each) => each.count))
    const value = sum(members.map((each) => each.count * each.value))
    const { access = 0, options = [] } = members[0] ?? {}
    return {
      number,
      entries: [],
      count,
      value: Math.max(1, Math.round(value / count)),
      access,
      options,
    }
  })
  const merged = { ...fleet, demands }
  return { merged, program: createClassProgram(merged) }
}

/** The answer for the demands themselves: the most valuable of each class get what the class got. */
export function expand(
  fleet: GroupedProblem,
  buckets: readonly Bucket[],
  program: ClassProgram,
  { packed, bound }: ClassAnswer,
): BucketAnswer {
  const demands: DemandGroup[] = []
  const profilesOf: (readonly number[])[] = []
  const placed: number[][] = []
  const unplaced: number[] = []
  let unplacedValue = 0
  const room = new Map<ValueClass, number[]>()
  for (const [number, { valueClass }] of buckets.entries()) {
    const all = cached(room, valueClass, () => [])
    for (const [option, count] of (packed.assignment.placed[number] ?? []).entries())
      all[option] = (all[option] ?? 0) + count
  }
  for (const [number, { valueClass, from, to }] of buckets.entries()) {
    const free = room.get(valueClass) ?? []
    for (const demand of valueClass.slice(from, to)) {
      let left = demand.count
      const each = (program.profilesOf[number] ?? []).map((_profile, option) => {
        const taken = Math.min(left, free[option] ?? 0)
        free[option] = (free[option] ?? 0) - taken
        left -= taken
        return taken
      })
      demands.push(demand)
      profilesOf.push(program.profilesOf[number] ?? [])
      placed.push(each)
      unplaced.push(left)
      unplacedValue += left * demand.value
    }
  }
  const objective = { ...packed.objective, unplacedValue }
  const proven = { unplacedValue: 0, gpus: fleet.inUse, cost: 0 }
  const prices: Record<Figure, DemandPrices | null> = {
    unplacedValue: null,
    gpus: null,
    cost: null,
  }
  for (const figure of figures) {
    const found = bound.prices[figure]
    if (found !== null) {
      const own = expandPrices(fleet, buckets, found)
      const least = leastProven(fleet, own, figure, proven)
      if (least > proven[figure]) {
        proven[figure] = least
        prices[figure] = own
      }
    }
  }
  return {
    answer: {
      packed: { uses: packed.uses, assignment: { placed, unplaced }, objective },
      bound: { lowerBound: proven, prices },
      lowerBound: proven,
      askedHighs: false,
    },
    served: { demands, poolProfiles: program.poolProfiles, profilesOf },
  }
}

/** All demands of a class have one price, but none more than leaving it out costs. */
function expandPrices(
  { demands }: GroupedProblem,
  buckets: readonly Bucket[],
  { prices, denominator, weights }: DemandPrices,
): DemandPrices {
  const own = demands.map(() => 0)
  const ofClass = new Map<ValueClass, number>()
  for (const [number, { valueClass }] of buckets.entries()) {
    ofClass.set(valueClass, Math.max(ofClass.get(valueClass) ?? 0, prices[number] ?? 0))
  }
  for (const [valueClass, price] of ofClass) {
    for (const { number, value } of valueClass)
      own[number] = Math.min(price, weights.unplacedValue * value)
  }
  return { prices: own, denominator, weights }
}
