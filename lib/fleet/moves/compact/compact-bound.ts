import { groupBy } from '../../../model/group-by.js'
import { ceilDivide, toWholePrices } from '../../program/price-bound.js'
import type { CompactProgram } from './compact-program.js'
import type { Destination, HostClass } from './host-classes.js'

/**
 * Whole numbers over one denominator: the price of an instance at each destination, and of one more of the
 * aim.
 */
export interface CompactPrices {
  readonly ofDestination: readonly number[]
  readonly ofAim: number
  readonly denominator: number
}

export function wholeCompactPrices(
  program: CompactProgram,
  rowPrices: ArrayLike<number>,
): CompactPrices {
  const { numbers, denominator } = toWholePrices([
    ...program.destinations.map(({ number }) =>
      Math.max(0, rowPrices[program.firstDestinationRow + number] ?? 0),
    ),
    Math.max(0, -(rowPrices[program.aimRow] ?? 0)),
  ])
  return { ofDestination: numbers.slice(0, -1), ofAim: numbers.at(-1) ?? 0, denominator }
}

/**
 * The bound that these prices prove, computed in whole numbers throughout. Every instance that leaves has
 * to pay for its new place, and no GPU can take more than its dearest pattern is worth. With `most` it
 * bounds the cost of moves if the aim is at most that; without, it bounds the aim. `wanted` is a kind of
 * which one comes in addition.
 */
export function boundCompact(
  { groups, hostClasses, destinations, destinationsOf }: CompactProgram,
  { ofDestination, ofAim, denominator }: CompactPrices,
  most: number | null,
  wanted = -1,
): number {
  const aimWeight = most === null ? denominator : ofAim
  const moveWeight = most === null ? 0 : denominator
  const ofKind = destinationsOf.map((destinations) =>
    destinations.reduce(
      (least, destination) => Math.min(least, ofDestination[destination] ?? 0),
      Number.POSITIVE_INFINITY,
    ),
  )
  const destinationsAt = groupBy(destinations, ({ accessGroup }) => accessGroup)
  const gains = hostClasses.map((hostClass) =>
    gainOf(hostClass, destinationsAt.get(hostClass.accessGroup) ?? [], ofDestination, aimWeight),
  )
  let total = wanted < 0 ? 0n : BigInt(ofKind[wanted] ?? 0)
  for (const { count, options } of groups) {
    let least = Number.POSITIVE_INFINITY
    for (const { hostClass, kinds, cost, ofAim: added } of options) {
      let value = cost * moveWeight + added * aimWeight - (gains[hostClass] ?? 0)
      for (const kind of kinds) value += ofKind[kind] ?? 0
      least = Math.min(least, value)
    }
    total += BigInt(least) * BigInt(count)
  }
  if (most !== null) total -= BigInt(aimWeight) * BigInt(most)
  return Math.max(0, ceilDivide(total, BigInt(denominator)))
}

/** The worth of the dearest pattern, less the price of using the GPU. */
function gainOf(
  { ofFilled, patterns }: HostClass,
  /** Those of its access group. */
  destinations: readonly Destination[],
  ofDestination: readonly number[],
  aimWeight: number,
): number {
  const byPosition: number[] = []
  for (const { position, number } of destinations) byPosition[position] = ofDestination[number] ?? 0
  let most = 0
  for (const pattern of patterns) {
    let worth = -ofFilled * aimWeight
    for (const [position, count] of pattern.entries()) worth += count * (byPosition[position] ?? 0)
    most = Math.max(most, worth)
  }
  return most
}
