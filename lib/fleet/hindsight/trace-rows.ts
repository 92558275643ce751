import { gpusAt, type HindsightTrace } from './hindsight-trace.js'
import type { PackingRule } from './packing-rules.js'

/** One rule at the arrivals where it could be in the way. */
export interface RuleRows {
  readonly rule: PackingRule
  /** By row: its arrival. */
  readonly arrivals: Int32Array
  /** By stay: the price of its instance. */
  readonly priceOf: Float64Array
  /** By stay: its instance is there in the rows from `from` to before `to`. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** By row: what the GPUs can hold beside what is fixed. */
  readonly room: Float64Array
}

/**
 * The arrivals and rules that limit what could have been placed. Those that everything together would meet are left out.
 * So are arrivals with nothing there that is not there at the next one, too.
 */
export function listRows(
  trace: HindsightTrace,
  rules: readonly PackingRule[],
): readonly RuleRows[] {
  const { stays, arrivals } = trace
  const gpus = gpusAt(trace)
  const counts = new Uint8Array(arrivals + 1)
  for (const { last } of stays) counts[last] = 1
  const points = gpus.flatMap((each, arrival) =>
    counts[arrival] === 1 || each !== gpus[arrival + 1] ? arrival : [],
  )
  return rules.flatMap((rule) => {
    const { prices, worths } = rule
    const all = new Float64Array(arrivals + 1)
    const fixed = new Float64Array(arrivals + 1)
    for (const stay of stays) {
      const price = prices[stay.kind] ?? 0
      for (const sums of stay.fixed ? [all, fixed] : [all]) {
        sums[stay.first] = (sums[stay.first] ?? 0) + price
        sums[stay.last + 1] = (sums[stay.last + 1] ?? 0) - price
      }
    }
    const rowsBefore = new Int32Array(arrivals + 1)
    const room: number[] = []
    const at: number[] = []
    let next = 0
    let there = 0
    let staying = 0
    for (let arrival = 0; arrival < arrivals; arrival += 1) {
      there += all[arrival] ?? 0
      staying += fixed[arrival] ?? 0
      rowsBefore[arrival] = room.length
      if (points[next] !== arrival) continue
      next += 1
      let most = 0
      for (const [tables, count] of gpus[arrival] ?? []) most += count * (worths.get(tables) ?? 0)
      if (there <= most) continue
      room.push(Math.max(0, most - staying))
      at.push(arrival)
    }
    rowsBefore[arrivals] = room.length
    if (room.length === 0) return []
    return {
      rule,
      arrivals: Int32Array.from(at),
      priceOf: Float64Array.from(stays, ({ kind, fixed: stays }) =>
        stays ? 0 : (prices[kind] ?? 0),
      ),
      from: Int32Array.from(stays, ({ first }) => rowsBefore[first] ?? 0),
      to: Int32Array.from(stays, ({ last }) => rowsBefore[last + 1] ?? 0),
      room: Float64Array.from(room),
    }
  })
}
