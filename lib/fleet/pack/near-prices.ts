import { numberAt } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import type { Figure } from '../model/objective.js'
import { type DemandPrices, toWholePrices } from '../program/price-bound.js'
import { type ClassProgram, openedRow, unplacedRow } from './class-program.js'
import type { PatternColumn } from './group-patterns.js'

/** Prices of the instances of each profile, and of the figures before the one that is minimised. */
export interface NearPrices {
  readonly ofProfile: readonly number[]
  readonly unplaced: number
  readonly opened: number
}

/** The prices of a first-order method: those of the profiles count, since they make prices of the requests. */
export function readNearPrices(
  program: ClassProgram,
  rowPrices: Float64Array,
  figure: Figure,
): NearPrices {
  const first = program.firstDemandRow + program.demands.length
  return {
    ofProfile: program.poolProfiles.map(({ number }) =>
      Math.max(0, -numberAt(rowPrices, first + number)),
    ),
    unplaced: figure === 'unplacedValue' ? 1 : Math.max(0, -numberAt(rowPrices, unplacedRow)),
    opened:
      figure === 'gpus' ? 1 : figure === 'cost' ? Math.max(0, -numberAt(rowPrices, openedRow)) : 0,
  }
}

/** What prices prove of a figure, nearly. `limits`: the right sides of the program. */
export type NearBound = (prices: NearPrices, figure: Figure, limits: Float64Array) => number

/** A request pays the least price of the profiles that serve it, and no more than leaving it out costs. */
export function createNearBound(fleet: GroupedProblem, program: ClassProgram): NearBound {
  const { patterns } = program
  const starts = new Int32Array(patterns.length + 1)
  for (const [index, { holds }] of patterns.entries())
    starts[index + 1] = numberAt(starts, index) + holds.length
  const profileOf = new Int32Array(numberAt(starts, patterns.length))
  const countOf = profileOf.slice()
  let at = 0
  for (const { holds } of patterns) {
    for (const { profile, count } of holds) {
      profileOf[at] = profile
      countOf[at] = count
      at += 1
    }
  }
  return (prices, figure, limits) =>
    nearBound(fleet, program, { starts, profileOf, countOf }, { prices, figure, limits })
}

/** What each pattern holds: `profileOf` and `countOf` at `starts[pattern]` to `starts[pattern + 1] - 1`. */
interface HeldProfiles {
  readonly starts: Int32Array
  readonly profileOf: Int32Array
  readonly countOf: Int32Array
}

function nearBound(
  fleet: GroupedProblem,
  program: ClassProgram,
  { starts, profileOf, countOf }: HeldProfiles,
  {
    prices: { ofProfile, unplaced, opened },
    figure,
    limits,
  }: { readonly prices: NearPrices; readonly figure: Figure; readonly limits: Float64Array },
): number {
  const { demands, profilesOf, poolProfiles, patterns } = program
  const byMemory = figure === 'cost' && fleet.goal === 'memory'
  let total = 0
  for (const [index, { count, value }] of demands.entries()) {
    let least = unplaced * value
    for (const profile of profilesOf[index] ?? []) {
      const memory = byMemory ? (poolProfiles[profile]?.memoryMiB ?? 0) : 0
      least = Math.min(least, (ofProfile[profile] ?? 0) + memory)
    }
    total += count * least
  }
  const gains = new Float64Array(fleet.groups.length)
  for (let pattern = 0; pattern < patterns.length; pattern += 1) {
    const { group } = patterns[pattern] as PatternColumn
    const cost = figure === 'cost' && fleet.goal === 'cost' ? group.cost : 0
    let gain = group.inUse ? 0 : -opened - cost
    const to = starts[pattern + 1] as number
    for (let at = starts[pattern] as number; at < to; at += 1)
      gain += (countOf[at] as number) * (ofProfile[profileOf[at] as number] as number)
    gains[group.number] = Math.max(numberAt(gains, group.number), gain)
  }
  for (const { number, count } of fleet.groups) total -= count * numberAt(gains, number)
  if (figure !== 'unplacedValue') total -= unplaced * numberAt(limits, unplacedRow)
  if (figure === 'cost') total -= opened * numberAt(limits, openedRow)
  return total
}

/** The prices as whole numbers that prove a bound of the figure. Null: they prove nothing. */
export function wholeNearPrices(
  { demands, goal }: GroupedProblem,
  program: ClassProgram,
  { ofProfile, unplaced, opened }: NearPrices,
  figure: Figure,
): DemandPrices | null {
  const { numbers, denominator } = toWholePrices([...ofProfile, unplaced, opened])
  const whole = (index: number): number => Math.max(0, numbers[ofProfile.length + index] ?? 0)
  const weights = {
    unplacedValue: whole(0),
    gpus: whole(1),
    cost: figure === 'cost' ? denominator : 0,
  }
  const byMemory = figure === 'cost' && goal === 'memory'
  const prices = demands.map(() => 0)
  for (const [index, { number, value }] of program.demands.entries()) {
    let least = weights.unplacedValue * value
    for (const profile of program.profilesOf[index] ?? []) {
      const memory = byMemory ? (program.poolProfiles[profile]?.memoryMiB ?? 0) * denominator : 0
      least = Math.min(least, (numbers[profile] ?? 0) + memory)
    }
    prices[number] = least
  }
  return prices.some((price) => price > 0) ? { prices, denominator, weights } : null
}
