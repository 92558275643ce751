import { cached } from '../../model/cached.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import type { DemandPrices } from '../program/price-bound.js'

/** Demands that differ in nothing but their value, the most valuable first. */
export type ValueClass = readonly DemandGroup[]

/** Demands of one class from a position to another, which count as one with their mean value. */
export interface Bucket {
  readonly valueClass: ValueClass
  readonly from: number
  readonly to: number
}

/** In how many buckets a bucket is split in which the price lies. */
const pieces = 8

export function listClasses({ demands }: GroupedProblem): readonly ValueClass[] {
  const classes = new Map<string, DemandGroup[]>()
  for (const demand of demands) {
    if (demand.count === 0) continue
    cached(classes, `${demand.access}:${JSON.stringify(demand.options)}`, () => []).push(demand)
  }
  return Array.from(classes.values(), (each) =>
    each.sort((a, b) => b.value - a.value || a.number - b.number),
  )
}

export function split({ valueClass, from, to }: Bucket): readonly Bucket[] {
  const step = Math.max(1, Math.ceil((to - from) / pieces))
  const list: Bucket[] = []
  for (let start = from; start < to; start += step) {
    list.push({ valueClass, from: start, to: Math.min(to, start + step) })
  }
  return list
}

/** Splits the bucket in which the price lies. All others above it become one, and all below it. */
export function refine(
  valueClass: ValueClass,
  buckets: readonly Bucket[],
  { prices, denominator }: DemandPrices,
): readonly Bucket[] {
  let price = 0
  for (const [number, bucket] of buckets.entries()) {
    if (bucket.valueClass === valueClass)
      price = Math.max(price, (prices[number] ?? 0) / denominator)
  }
  const own = buckets.filter((bucket) => bucket.valueClass === valueClass)
  const found = own.findIndex(({ to }) => (valueClass[to - 1]?.value ?? 0) <= price + 1e-6)
  const index = found < 0 ? own.length - 1 : found
  const at = own[index]
  if (at === undefined) return own
  // Once it holds a single demand, the buckets stay as they are.
  if (at.to - at.from === 1) return own
  const above = { valueClass, from: 0, to: at.from }
  const below = { valueClass, from: at.to, to: valueClass.length }
  return [above, ...split(at), below].filter(({ from, to }) => from < to)
}

export function isSame(one: Bucket, other: Bucket | undefined): boolean {
  return one.valueClass === other?.valueClass && one.from === other.from && one.to === other.to
}

/**
 * The buckets of a packing that is better than one with this gap to its bound: a request that is worth more than its price, by the gap or
 * more, is placed in it, and one that is worth so much less is not. Only those between have buckets of their own.
 */
export function listWindow(
  classes: readonly ValueClass[],
  { prices, denominator }: DemandPrices,
  gap: number,
): readonly WindowBucket[] {
  return classes.flatMap((valueClass) => {
    const price = Math.max(...valueClass.map(({ number }) => prices[number] ?? 0)) / denominator
    const from = valueClass.filter(({ value }) => value - price >= gap).length
    const to = valueClass.filter(({ value }) => price - value < gap).length
    const window = valueClass.slice(from, to).map(
      (_demand, index): WindowBucket => ({
        valueClass,
        from: from + index,
        to: from + index + 1,
        side: 'open',
      }),
    )
    const above: WindowBucket = { valueClass, from: 0, to: from, side: 'placed' }
    const below: WindowBucket = { valueClass, from: to, to: valueClass.length, side: 'left' }
    return [above, ...window, below].filter((bucket) => bucket.from < bucket.to)
  })
}

export interface WindowBucket extends Bucket {
  /** What is known of every better packing. */
  readonly side: 'placed' | 'open' | 'left'
}
