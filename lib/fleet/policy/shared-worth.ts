import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import { rankLayouts } from '../layouts/ranking.js'
import { type ArrivalTrace, arrivalRates } from './arrival-trace.js'
import { worthScore } from './policy-scores.js'
import { replay } from './replay.js'

/** How far the worth goes towards what one round says. All the way, and the rounds go to and fro. */
const damping = 0.15
const sweeps = 50
/** Which place is best is looked up again after so many. */
const sweepsPerChoice = 10
/** Of a mean stay: by how much one sweep moves time on. */
const timeStep = 0.04
/** Losses are counted in bins of so many to a memory unit. */
const binsPerUnit = 64
const thousandths = 1000

export interface SharedWorthProblem {
  readonly table: LayoutTable
  readonly mix: readonly number[]
  readonly load: number
  readonly gpuCount: number
}

/**
 * What a GPU in each layout is worth to a fleet that shares its requests out to where the least is lost.
 * A GPU earns by a request what it would have cost the others, less what it loses itself: so what others
 * would have to pay is counted in a replay, the worth of the layouts follows from it, and that makes a
 * better sharing out, from which the next round starts. In memory units, by layout.
 */
export function improveShared(
  problem: SharedWorthProblem,
  worth: Float64Array,
  trace: ArrivalTrace,
): Float64Array {
  const rates = arrivalRates(problem.table, problem)
  const prices = countPrices(problem, worth, trace)
  const settled = settle(problem.table, rates, prices, worth)
  return worth.map((value, layout) => value + damping * (numberAt(settled, layout) - value))
}

/** By profile, then by bin: by how much what one request costs the fleet is above it on average. */
function countPrices(
  { table, gpuCount }: SharedWorthProblem,
  worth: Float64Array,
  trace: ArrivalTrace,
): readonly Float64Array[] {
  const { count, tables } = table
  const weights = worth.map((value) => Math.round(value * thousandths))
  const ranking = rankLayouts(table, worthScore(weights))
  const counts = tables.profiles.map(
    ({ unitCount }) => new Float64Array(unitCount * binsPerUnit + 1),
  )
  replay(table, gpuCount, trace, ranking, (position, layout) => {
    const bins = counts[position]
    if (bins === undefined) return
    // What finds no room is lost, and nothing is worth more than what it is: the last bin.
    let bin = bins.length - 1
    if (layout >= 0) {
      const loss = numberAt(ranking.scoreOf, position * count + layout) / thousandths
      bin = Math.max(0, Math.min(bin, Math.round(loss * binsPerUnit)))
    }
    bins[bin] = numberAt(bins, bin) + 1
  })
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

/** Value iteration for one GPU among many, which takes what it loses less by than the price. */
function settle(
  table: LayoutTable,
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

/** By layout: the one that the profile makes of it at its best place; -1: it has none. */
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

/** What each layout can become by a departure: `to` from `from` of the layout to that of the next. */
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
