import type { RegretCertificate } from '../../../types/fleet/regret.js'
import type { Tables } from '../../solver/tables/tables.js'
import { dearestSet } from '../program/dearest-set.js'

/** A kind of a stored trace. */
export interface StoredKind {
  readonly options: readonly {
    readonly geometry: number
    readonly tables: Tables
    readonly positions: readonly number[]
  }[]
  /** The memory units that an instance counts. */
  readonly worth: number
}

/**
 * What the prices prove: what all requests are worth beyond the prices of their room, and all room at its price. No choice of
 * requests gains more. All sums are exact.
 */
export function proveTraceBound(
  { times, gpus, stays, prices }: RegretCertificate,
  kinds: readonly StoredKind[],
): bigint {
  const arrivals = times.length
  let total = 0n
  const paid = stays.map(() => 0n)
  for (const { ofKind, at } of prices.rules) {
    const priceAt = Array.from({ length: arrivals }, () => 0n)
    for (const { arrival, price } of at) priceAt[arrival] = (priceAt[arrival] ?? 0n) + BigInt(price)
    const before = runningSums(priceAt)
    const changes = Array.from({ length: arrivals + 1 }, () => 0n)
    for (const [index, { kind, first, last, fixed }] of stays.entries()) {
      const price = BigInt(ofKind[kind] ?? 0)
      if (fixed === true) {
        changes[first] = (changes[first] ?? 0n) + price
        changes[last + 1] = (changes[last + 1] ?? 0n) - price
      } else {
        const sum = (before[last + 1] ?? 0n) - (before[first] ?? 0n)
        paid[index] = (paid[index] ?? 0n) + price * sum
      }
    }
    const staying = runningSums(changes)
    const worthOf = worthByGeometry(kinds, ofKind)
    let next = 0
    let most = 0n
    for (const [arrival, price] of priceAt.entries()) {
      for (; (gpus[next]?.from ?? arrivals) <= arrival; next += 1) {
        const counts = gpus[next]?.counts ?? []
        most = counts.reduce((sum, count, number) => sum + BigInt(count) * worthOf(number), 0n)
      }
      const room = most - (staying[arrival + 1] ?? 0n)
      if (room > 0n) total += price * room
    }
  }
  const unit = BigInt(prices.denominator)
  for (const [index, { kind, fixed }] of stays.entries()) {
    const gain = BigInt(kinds[kind]?.worth ?? 0) * unit - (paid[index] ?? 0n)
    if (fixed !== true && gain > 0n) total += gain
  }
  return total / unit
}

/** The sum of what is before each position, and of all. */
function runningSums(values: readonly bigint[]): readonly bigint[] {
  const sums = [0n]
  for (const [index, value] of values.entries()) sums.push((sums[index] ?? 0n) + value)
  return sums
}

/** What the dearest set of instances of one GPU is worth. */
function worthByGeometry(
  kinds: readonly StoredKind[],
  ofKind: readonly number[],
): (geometry: number) => bigint {
  const best = new Map<number, { readonly tables: Tables; readonly prices: number[] }>()
  for (const [number, { options }] of kinds.entries()) {
    for (const { geometry, tables, positions } of options) {
      const known = best.get(geometry) ?? { tables, prices: tables.profiles.map(() => 0) }
      best.set(geometry, known)
      for (const position of positions)
        known.prices[position] = Math.max(known.prices[position] ?? 0, ofKind[number] ?? 0)
    }
  }
  const worths = new Map(
    Array.from(best, ([number, { tables, prices }]) => [
      number,
      BigInt(dearestSet(tables, prices)(0)),
    ]),
  )
  return (geometry) => worths.get(geometry) ?? 0n
}
