import type { FleetObjective } from '../../../types/fleet/pack.js'
import { idlePlaceOf, idleState, memoryOf } from '../model/fleet-model.js'
import type { DemandGroup, GroupedProblem } from '../model/grouped-problem.js'
import type { Figure } from '../model/objective.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { type DearestFinder, dearestPattern } from './dearest-set.js'

/** Prices that prove a bound: whole numbers over one denominator. */
export interface DemandPrices {
  /** By number of the demand. */
  readonly prices: readonly number[]
  readonly denominator: number
  readonly weights: {
    readonly unplacedValue: number
    readonly gpus: number
    readonly cost: number
    /** For each idle instance that is cleared. Omitted: they are free room. */
    readonly cleared?: number
  }
}

type PricedFleet = Pick<GroupedProblem, 'goal' | 'demands' | 'pools' | 'groups'>

/**
 * What these prices prove: `unplacedValue`, GPUs opened and `cost` of any packing, each times its weight,
 * are at least this, over the denominator. Every request is either left out and costs its value, or lies
 * on a GPU; and a GPU cannot hold requests worth more than the dearest set of instances that fits on it.
 *
 * Needs `prices[group] <= weights.unplacedValue * value`, and prices below 2 ** 45.
 */
function boundByPrices(fleet: PricedFleet, prices: DemandPrices, dearestOf: DearestFinder): bigint {
  let total = 0n
  for (const { number, count, value, left = 0 } of fleet.demands) {
    const price = BigInt(prices.prices[number] ?? 0)
    total += BigInt(count) * price
    // What finds no place in any case costs its value, which is no less than its price.
    const own = BigInt(prices.weights.unplacedValue) * BigInt(value)
    if (left > 0) total += BigInt(left) * (own - price)
  }
  const worthOf = worthByPool(fleet, prices, dearestOf)
  for (const { pool, inUse, cost, members } of fleet.groups) {
    const { gpus, cost: costWeight } = prices.weights
    const opening = inUse ? 0 : gpus + (fleet.goal === 'cost' ? costWeight * cost : 0)
    const worth = worthOf[pool] ?? (() => 0)
    for (const member of members) {
      const { count } = member
      const gain = worthAround(member, prices.weights.cleared, worth) - opening
      if (gain > 0) total -= BigInt(gain) * BigInt(count)
    }
  }
  return total
}

/**
 * The least value of `figure` that its prices prove, if the figures before it are as in `earlier`. A check of prices
 * that others found uses `dearestSet`, which needs no list of patterns.
 */
export function leastProven(
  fleet: PricedFleet & Pick<GroupedProblem, 'inUse'>,
  prices: DemandPrices,
  figure: Figure,
  earlier: FleetObjective,
  dearestOf: DearestFinder = dearestPattern,
): number {
  const { weights, denominator } = prices
  let total = boundByPrices(fleet, prices, dearestOf)
  if (figure !== 'unplacedValue') {
    total -= BigInt(weights.unplacedValue) * BigInt(earlier.unplacedValue)
  }
  if (figure === 'cost') total -= BigInt(weights.gpus) * BigInt(earlier.gpus - fleet.inUse)
  const least = Math.max(0, ceilDivide(total, BigInt(denominator)))
  return figure === 'gpus' ? fleet.inUse + least : least
}

/** What one GPU is worth, over all sets of its idle instances that may be cleared. The others may be taken. */
function worthAround(
  { model, state, idle = [] }: Pick<FleetGpuEntry, 'model' | 'state' | 'idle'>,
  price: number | undefined,
  worthOf: (state: number) => number,
): number {
  if (price === undefined || idle.length === 0) return worthOf(state)
  const { nextOf } = model.tables.states
  const walk = (index: number, at: number): number => {
    const place = idle[index]
    if (place === undefined) return worthOf(at)
    const kept = walk(index + 1, nextOf(at)[place.number] ?? -1)
    return Math.max(kept + worthOf(idleState(place.number)), walk(index + 1, at) - price)
  }
  return walk(0, state)
}

/** The fewest idle instances that a packing clears whose figures are at most these, by prices. */
export function leastCleared(
  fleet: PricedFleet & Pick<GroupedProblem, 'inUse'>,
  prices: DemandPrices,
  atMost: FleetObjective,
  dearestOf: DearestFinder = dearestPattern,
): number {
  const { weights, denominator } = prices
  let total = boundByPrices(fleet, prices, dearestOf)
  total -= BigInt(weights.unplacedValue) * BigInt(atMost.unplacedValue)
  total -= BigInt(weights.gpus) * BigInt(atMost.gpus - fleet.inUse)
  total -= BigInt(weights.cost) * BigInt(atMost.cost)
  return Math.max(0, ceilDivide(total, BigInt(denominator)))
}

/** By pool: the worth of the dearest set of requests that a GPU in a given state can take. */
function worthByPool(
  { goal, demands, pools }: PricedFleet,
  { prices, weights }: DemandPrices,
  dearestOf: DearestFinder,
): readonly ((state: number) => number)[] {
  const byAccess: DemandGroup[][] = []
  for (const demand of demands) {
    if (demand.count === 0) continue
    byAccess[demand.access] ??= []
    byAccess[demand.access]?.push(demand)
  }
  return pools.map(({ model, accesses }) => {
    const { tables } = model
    const whole = tables.profiles.length
    const best = new Array<number>(whole + 1).fill(0)
    for (const access of accesses) {
      for (const { number, options } of byAccess[access] ?? []) {
        for (const position of options[model.number] ?? []) {
          const extra = goal === 'memory' ? weights.cost * memoryOf(model, position) : 0
          const price = (prices[number] ?? 0) - extra
          if (price > (best[position] ?? 0)) best[position] = price
        }
      }
    }
    const dearest = dearestOf(tables, best)
    return (state) => {
      if (state >= 0) return dearest(state)
      const idle = tables.places[idlePlaceOf(state)]
      return best[idle?.profilePosition ?? whole] ?? 0
    }
  })
}

/** The same for an entry of the list of GPUs. */
export function worthByPrices(
  fleet: GroupedProblem,
  prices: DemandPrices,
): (entry: FleetGpuEntry, state: number) => number {
  const worths = worthByPool(fleet, prices, dearestPattern)
  const poolOf = new Map(
    fleet.groups.flatMap(({ members, pool }) => members.map((member) => [member, pool] as const)),
  )
  return (entry, state) => worths[poolOf.get(entry) ?? 0]?.(state) ?? 0
}

/** `total / denominator`, rounded up. */
export function ceilDivide(total: bigint, denominator: bigint): number {
  const floor = total / denominator
  return Number(total > 0n && floor * denominator !== total ? floor + 1n : floor)
}

/**
 * Prices of a linear program as whole numbers over one denominator. Prices of corners are fractions with
 * small denominators, and stay exact. Rounding others makes a bound weaker, never wrong.
 */
export function toWholePrices(values: readonly number[]): {
  readonly numbers: readonly number[]
  readonly denominator: number
} {
  const most = values.reduce((sum, value) => Math.max(sum, Math.abs(value)), 1)
  for (let denominator = 1; denominator <= 2520 && most * denominator < 2 ** 44; denominator += 1) {
    const fits = values.every((value) => {
      const times = value * denominator
      return Math.abs(times - Math.round(times)) < 1e-6 * Math.max(1, Math.abs(value))
    })
    if (fits)
      return { numbers: values.map((value) => Math.round(value * denominator)), denominator }
  }
  let denominator = 1
  while (most * denominator < 2 ** 40 && denominator < 2 ** 24) denominator *= 2
  return { numbers: values.map((value) => Math.round(value * denominator)), denominator }
}
