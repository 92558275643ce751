import { anchor, createEpochs, nextWeight } from '../program/epochs.js'
import type { Budget } from '../program/linear-program.js'
import type { RuleRows } from './trace-rows.js'

// Loops here read with `as number`, as in `simplex-basis.ts`.

const mostSteps = 4000
const lookEvery = 50
/** The search ends when so many looks in a row have made the bound better by less than `littleBetter`. */
const mostLooks = 6
const littleBetter = 1e-5

/**
 * Prices of rows that make the bound low: those of the linear program that places each request in part, wherever it
 * gains most. `look` returns the bound of prices. The steps are those of `first-order.ts`, but the matrix is never
 * written down: a stay is in consecutive rows, so sums over rows are differences of running sums.
 */
export function searchPrices(
  rows: readonly RuleRows[],
  worths: Float64Array,
  budget: Budget,
  look: (prices: readonly Float64Array[]) => number,
): void {
  const stays = worths.length
  const x = Float64Array.from(worths, () => 1)
  const nextX = x.slice()
  const x0 = x.slice()
  const reflected = new Float64Array(stays)
  const sums = rows.map(({ room }) => new Float64Array(room.length + 1))
  const y = rows.map(({ room }) => new Float64Array(room.length))
  const nextY = y.map((each) => each.slice())
  const y0 = y.map((each) => each.slice())

  /** By stay: the sum of its entries. By row: the same. Steps are as long as these allow. */
  const ofStay = new Float64Array(stays)
  for (const { priceOf, from, to } of rows)
    for (let stay = 0; stay < stays; stay += 1)
      ofStay[stay] =
        (ofStay[stay] as number) +
        (priceOf[stay] as number) * ((to[stay] as number) - (from[stay] as number))
  const ones = new Float64Array(stays).fill(1)
  const ofRow = rows.map((each, rule) =>
    Float64Array.from(load(each, ones, sums[rule] as Float64Array)),
  )

  let weight = 1
  const epochs = createEpochs()
  let best = Number.POSITIVE_INFINITY
  let idle = 0
  const work = Math.ceil((stays * rows.length) / 20)
  for (let steps = 1; steps <= mostSteps && idle < mostLooks; steps += 1) {
    for (const [rule, { room }] of rows.entries()) {
      const running = sums[rule] as Float64Array
      const prices = y[rule] as Float64Array
      for (let row = 0; row < room.length; row += 1)
        running[row + 1] = (running[row] as number) + (prices[row] as number)
    }
    let ofX = 0
    for (let stay = 0; stay < stays; stay += 1) {
      const entries = ofStay[stay] as number
      if (entries === 0) continue
      let gain = worths[stay] as number
      for (let rule = 0; rule < rows.length; rule += 1) {
        const { priceOf, from, to } = rows[rule] as RuleRows
        const running = sums[rule] as Float64Array
        gain -=
          (priceOf[stay] as number) *
          ((running[to[stay] as number] as number) - (running[from[stay] as number] as number))
      }
      const before = x[stay] as number
      const after = Math.min(1, Math.max(0, before + gain / (entries * weight)))
      nextX[stay] = after
      reflected[stay] = 2 * after - before
      ofX += (after - before) ** 2 * entries
    }
    let ofY = 0
    for (const [rule, each] of rows.entries()) {
      const loads = load(each, reflected, sums[rule] as Float64Array)
      const prices = y[rule] as Float64Array
      const after = nextY[rule] as Float64Array
      const entries = ofRow[rule] as Float64Array
      for (let row = 0; row < prices.length; row += 1) {
        const over = (loads[row] as number) - (each.room[row] as number)
        const scale = entries[row] as number
        const value = Math.max(0, (prices[row] as number) + (over * weight) / scale)
        after[row] = value
        ofY += (value - (prices[row] as number)) ** 2 * scale
      }
    }
    const residual = Math.sqrt(ofX * weight + ofY / weight)
    const goesOn = budget.spend(work)
    if (!goesOn || steps % lookEvery === 0) {
      const bound = look(nextY)
      idle =
        bound < best - littleBetter * Math.abs(best) || best === Number.POSITIVE_INFINITY
          ? 0
          : idle + 1
      best = Math.min(best, bound)
    }
    if (!goesOn) return
    if (epochs.endAfter(residual, steps)) {
      let movedX = 0
      for (let stay = 0; stay < stays; stay += 1)
        movedX += ((nextX[stay] as number) - (x0[stay] as number)) ** 2 * (ofStay[stay] as number)
      let movedY = 0
      for (const [rule, start] of y0.entries())
        for (let row = 0; row < start.length; row += 1)
          movedY +=
            ((nextY[rule]?.[row] as number) - (start[row] as number)) ** 2 *
            (ofRow[rule]?.[row] as number)
      weight = nextWeight(weight, movedX, movedY)
      x.set(nextX)
      x0.set(nextX)
      for (const [rule, after] of nextY.entries()) {
        y[rule]?.set(after)
        y0[rule]?.set(after)
      }
      continue
    }
    const keep = epochs.keep()
    anchor(x, nextX, x0, keep)
    for (const [rule, after] of nextY.entries())
      anchor(y[rule] as Float64Array, after, y0[rule] as Float64Array, keep)
  }
}

/** By row: the prices of what is there. `into` has one place more than there are rows. */
export function load(
  { priceOf, from, to }: RuleRows,
  amounts: Float64Array,
  into: Float64Array,
): Float64Array {
  into.fill(0)
  for (let stay = 0; stay < amounts.length; stay += 1) {
    const price = (priceOf[stay] as number) * (amounts[stay] as number)
    if (price === 0 || from[stay] === to[stay]) continue
    into[from[stay] as number] = (into[from[stay] as number] as number) + price
    into[to[stay] as number] = (into[to[stay] as number] as number) - price
  }
  for (let row = 1; row < into.length; row += 1)
    into[row] = (into[row] as number) + (into[row - 1] as number)
  return into
}
