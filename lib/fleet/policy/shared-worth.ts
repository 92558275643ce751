import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import { rankLayouts } from '../layouts/ranking.js'
import { type ArrivalTrace, arrivalRates } from './arrival-trace.js'
import { worthScore } from './policy-scores.js'
import { replay } from './replay.js'

/**
 * How far the worth moves towards the result of one round. If it moved all the way, the rounds would
 * oscillate.
 */
const damping = 0.15
const sweeps = 50
/** The best places are found again after so many sweeps. */
const sweepsPerChoice = 10
/** The time of one sweep, in mean stays. */
const timeStep = 0.04
/** Losses are counted in bins. A memory unit has so many of them. */
const binsPerUnit = 64
const thousandths = 1000

export interface SharedWorthProblem {
  readonly table: LayoutTable
  readonly mix: readonly number[]
  readonly load: number
  readonly gpuCount: number
  /** Is called again and again, and may throw. */
  readonly watch?: () => void
}

/**
 * One round towards the worth of a GPU in each layout to a fleet, in memory units. The fleet gives each
 * request to the GPU that loses least. A GPU that takes a request earns what the request would cost the
 * others, less its own loss. A replay counts what the others would pay; the worth of the layouts follows
 * from it. It makes a better policy, from which the next round starts.
 */
export function improveShared(
  problem: SharedWorthProblem,
  worth: Float64Array,
  trace: ArrivalTrace,
): Float64Array {
  const rates = arrivalRates(problem.table, problem)
  const prices = countPrices(problem, worth, trace)
  const settled = settle(problem, rates, prices, worth)
  return worth.map((value, layout) => value + damping * (numberAt(settled, layout) - value))
}

/**
 * By profile, then by bin of a loss: by how much a request costs the fleet more than this loss, on average.
 */
function countPrices(
  { table, gpuCount, watch }: SharedWorthProblem,
  worth: Float64Array,
  trace: ArrivalTrace,
): readonly Float64Array[] {
  const { count, tables } = table
  const weights = worth.map((value) => Math.round(value * thousandths))
  const ranking = rankLayouts(table, worthScore(weights))
  const counts = tables.profiles.map(
    ({ unitCount }) => new Float64Array(unitCount * binsPerUnit + 1),
  )
  const see = (position: number, layout: number): void => {
    const bins = counts[position]
    if (bins === undefined) return
    // A request without room is lost. Nothing costs more than its own memory, so it counts in the last bin.
    let bin = bins.length - 1
    if (layout >= 0) {
      const loss = numberAt(ranking.scoreOf, position * count + layout) / thousandths
      bin = Math.max(0, Math.min(bin, Math.round(loss * binsPerUnit)))
    }
    bins[bin] = numberAt(bins, bin) + 1
  }
  replay(table, gpuCount, trace, ranking, { see, watch })
  return counts.map((bins) => {
    const all = Math.max(
      1,
      bins.reduce((sum, each) => sum + each, 0),
    )
    const gain = new Float64Array(bins.length)
    let above = 0
    for (let bin = bins.length - 2; bin >= 0; bin -= 1) {
      above += numberAt(bins, bin + 1)
      gain[bin] = numberAt(gain, bin + 1) + above / all / binsPerUnit
    }
    return gain
  })
}

/** Value iteration for one GPU among many. It takes each request by which it loses less than the price. */
function settle(
  { table, watch }: SharedWorthProblem,
  rates: readonly number[],
  prices: readonly Float64Array[],
  start: Float64Array,
): Float64Array {
  const { count, tables } = table
  const worth = Float64Array.from(start)
  const growth = new Float64Array(count)
  const asked = tables.profiles.flatMap(({ position }) => {
    const rate = rates[position] ?? 0
    const gain = prices[position] ?? new Float64Array(1)
    return rate > 0 ? [{ position, rate, gain, after: new Int32Array(count) }] : []
  })
  const departures = listDepartures(table)
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    if (sweep % sweepsPerChoice === 0) {
      for (const { position, after } of asked) choosePlaces(table, position, worth, after)
    }
    for (let layout = 0; layout < count; layout += 1) {
      watch?.()
      const own = numberAt(worth, layout)
      let value = 0
      for (const { rate, gain, after } of asked) {
        const next = numberAt(after, layout)
        if (next < 0) continue
        const loss = (own - numberAt(worth, next)) * binsPerUnit
        if (loss >= gain.length - 1) continue
        const bin = Math.max(0, Math.floor(loss))
        const slope = loss < 0 ? -1 / binsPerUnit : numberAt(gain, bin + 1) - numberAt(gain, bin)
        value += rate * (numberAt(gain, bin) + (loss - bin) * slope)
      }
      for (
        let index = numberAt(departures.from, layout);
        index < numberAt(departures.from, layout + 1);
        index += 1
      ) {
        value += numberAt(worth, numberAt(departures.to, index)) - own
      }
      growth[layout] = value
    }
    const mean = numberAt(growth, 0)
    for (let layout = 0; layout < count; layout += 1) {
      worth[layout] = numberAt(worth, layout) + timeStep * (numberAt(growth, layout) - mean)
    }
  }
  return worth
}

/** By layout: the layout after the profile is at its best place; -1: it has no place. */
function choosePlaces(
  { tables, count, placeCount, next }: LayoutTable,
  position: number,
  worth: Float64Array,
  after: Int32Array,
): void {
  const placements = tables.profiles[position]?.placements ?? []
  for (let layout = 0; layout < count; layout += 1) {
    let best = -1
    for (const { number } of placements) {
      const taken = numberAt(next, layout * placeCount + number)
      if (taken >= 0 && (best < 0 || numberAt(worth, taken) > numberAt(worth, best))) best = taken
    }
    after[layout] = best
  }
}

/**
 * The layouts that each layout can become when an instance leaves: those of `to` at `from[layout]` to
 * `from[layout + 1] - 1`.
 */
function listDepartures({ count, placeCount, previous }: LayoutTable): {
  readonly from: Int32Array
  readonly to: Int32Array
} {
  const from = new Int32Array(count + 1)
  const to: number[] = []
  for (let layout = 0; layout < count; layout += 1) {
    for (let place = 0; place < placeCount; place += 1) {
      const before = numberAt(previous, layout * placeCount + place)
      if (before >= 0) to.push(before)
    }
    from[layout + 1] = to.length
  }
  return { from, to: Int32Array.from(to) }
}
