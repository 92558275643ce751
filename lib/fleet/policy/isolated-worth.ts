import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'

const mostRounds = 2000
/** The accuracy of a worth, in memory units. */
const accurate = 1e-4

/**
 * The worth of a GPU in each layout, compared with an empty GPU, in memory units that it will grant.
 * Requests of the mix come to this GPU at random, `pressure` times as many as would fill it, and each goes
 * where the worth is greatest. The method is value iteration. A fleet that gives each request to the GPU
 * that loses least does one step of policy improvement over blind choice.
 */
export function isolatedWorth(
  table: LayoutTable,
  mix: readonly number[],
  pressure: number,
  watch?: () => void,
): Float64Array {
  const { tables, count, placeCount, next, previous } = table
  const asked = tables.profiles.filter(({ position }) => (mix[position] ?? 0) > 0)
  const units = asked.reduce(
    (sum, { position, unitCount }) => sum + (mix[position] ?? 0) * unitCount,
    0,
  )
  const rates = asked.map(
    ({ position }) => ((mix[position] ?? 0) * pressure * tables.memoryUnits) / units,
  )
  const arrivals = rates.reduce((sum, rate) => sum + rate, 0)
  const fullest = Math.max(...tables.profiles.map(({ maximum }) => maximum))
  let worth = new Float64Array(count)
  let improved = new Float64Array(count)
  for (let round = 0; round < mostRounds; round += 1) {
    for (let layout = 0; layout < count; layout += 1) {
      watch?.()
      const base = layout * placeCount
      const stay = numberAt(worth, layout)
      let value = 0
      for (const [index, { placements, unitCount }] of asked.entries()) {
        let best = Number.NEGATIVE_INFINITY
        for (const { number } of placements) {
          const after = numberAt(next, base + number)
          if (after >= 0) best = Math.max(best, unitCount + numberAt(worth, after))
        }
        value += (rates[index] ?? 0) * (best === Number.NEGATIVE_INFINITY ? stay : best)
      }
      let departures = 0
      for (let place = 0; place < placeCount; place += 1) {
        const before = numberAt(previous, base + place)
        if (before < 0) continue
        value += numberAt(worth, before)
        departures += 1
      }
      improved[layout] = (value + (fullest - departures) * stay) / (arrivals + fullest)
    }
    const empty = numberAt(improved, 0)
    let change = 0
    for (let layout = 0; layout < count; layout += 1) {
      const value = numberAt(improved, layout) - empty
      improved[layout] = value
      change = Math.max(change, Math.abs(value - numberAt(worth, layout)))
    }
    const before = worth
    worth = improved
    improved = before
    if (change < accurate) break
  }
  return worth
}

/** The mean worth of all layouts of one state. It ignores which instances can leave. */
export function meanByState({ count, states }: LayoutTable, worth: Float64Array): Float64Array {
  const sums = new Float64Array(states.reduce((most, state) => Math.max(most, state), 0) + 1)
  const counts = new Int32Array(sums.length)
  for (let layout = 0; layout < count; layout += 1) {
    const state = numberAt(states, layout)
    sums[state] = numberAt(sums, state) + numberAt(worth, layout)
    counts[state] = numberAt(counts, state) + 1
  }
  return Float64Array.from(states, (state) => numberAt(sums, state) / numberAt(counts, state))
}
