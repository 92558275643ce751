import { numberAt } from '../../../model/numbers.js'
import { ceilDivide, toWholePrices } from '../../program/price-bound.js'
import type { CompactProgram } from './compact-program.js'
import type { HostClass } from './host-classes.js'

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
  { groups, hostClasses, firstOf, destinationsOf }: CompactProgram,
  { ofDestination, ofAim, denominator }: CompactPrices,
  most: number | null,
  wanted = -1,
): number {
  const aimWeight = most === null ? denominator : ofAim
  const moveWeight = most === null ? 0 : denominator
  const ofKind = destinationsOf.map((destinations) => leastOf(destinations, ofDestination))
  const gains = hostClasses.map((hostClass) => {
    const first = numberAt(firstOf, hostClass.accessGroup.number)
    return gainOf(hostClass, first, ofDestination, aimWeight)
  })
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

function leastOf(destinations: readonly number[], ofDestination: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY
  for (const destination of destinations) {
    const price = ofDestination[destination] ?? 0
    if (price < least) least = price
  }
  return least
}

/** The worth of the dearest pattern, less the price of using the GPU. `first`: destination of the first profile there. */
function gainOf(
  { accessGroup: { positions }, ofFilled, patterns }: HostClass,
  first: number,
  ofDestination: readonly number[],
  aimWeight: number,
): number {
  let most = 0
  for (const pattern of patterns) {
    let worth = -ofFilled * aimWeight
    for (let index = 0; index < positions.length; index += 1) {
      const position = positions[index] as number
      worth += (pattern[position] ?? 0) * (ofDestination[first + index] ?? 0)
    }
    if (worth > most) most = worth
  }
  return most
}
