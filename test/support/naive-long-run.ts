import { futuresOf } from './naive-futures.js'
import { countsOf, type NaiveGpu } from './naive-gpu.js'
import { canHold, type NaiveOrder, take } from './naive-order.js'

/** Requests that come and go on a GPU that is empty at first. */
export interface NaiveTraffic {
  readonly gpu: NaiveGpu
  /** By profile, how many requests come in the time for which one stays. */
  readonly arrivals: readonly number[]
}

/** How often requests come at a load: that share of all memory units would be held on average, if none was refused. */
export function arrivalsAt(
  gpu: NaiveGpu,
  weights: readonly number[],
  load: number,
): readonly number[] {
  const units = gpu.profiles.reduce(
    (sum, profile, index) => sum + profile.units * (weights[index] ?? 0),
    0,
  )
  return weights.map((weight) => (load * gpu.units * weight) / units)
}

function setsOf({ gpu, arrivals }: NaiveTraffic): readonly number[] {
  return gpu.sets.filter((set) =>
    countsOf(gpu, set).every((count, profile) => count === 0 || (arrivals[profile] ?? 0) > 0),
  )
}

function isFitting({ gpu, arrivals }: NaiveTraffic, set: number, profile: number): boolean {
  const counts = countsOf(gpu, set)
  const more = counts.with(profile, (counts[profile] ?? 0) + 1)
  return (arrivals[profile] ?? 0) > 0 && futuresOf(gpu).canAdd(0, more)
}

/** The share of fitting requests that an order refuses: the balance of all sets, by elimination. */
export function naiveLongRun(traffic: NaiveTraffic, order: NaiveOrder): number {
  const { gpu, arrivals } = traffic
  const sets = setsOf(traffic)
  const numbers = new Map(sets.map((set, index) => [set, index]))
  const rows = sets.map(() => new Array<number>(sets.length + 1).fill(0))
  const flow = (from: number, to: number, rate: number): void => {
    const source = numbers.get(from) ?? -1
    const target = numbers.get(to) ?? -1
    const [into, out] = [rows[target], rows[source]]
    if (into === undefined || out === undefined) throw new Error(`no set ${from} or ${to}`)
    into[source] = (into[source] ?? 0) + rate
    out[source] = (out[source] ?? 0) - rate
  }
  for (const set of sets) {
    for (const [profile, rate] of arrivals.entries()) {
      const next = rate > 0 ? take(traffic, order, set, profile) : null
      if (next !== null) flow(set, next, rate)
    }
    for (const index of gpu.spots.keys()) {
      if ((set & (1 << index)) !== 0) flow(set, set & ~(1 << index), 1)
    }
  }
  // One balance follows from the others; the chances add up to 1.
  rows[0] = new Array<number>(sets.length + 1).fill(1)
  const chances = eliminate(rows)
  let fits = 0
  let refused = 0
  for (const [number, set] of sets.entries()) {
    for (const [profile, rate] of arrivals.entries()) {
      if (!isFitting(traffic, set, profile)) continue
      fits += (chances[number] ?? 0) * rate
      if (take(traffic, order, set, profile) === null) refused += (chances[number] ?? 0) * rate
    }
  }
  return refused / fits
}

/** Solves linear equations, each a row with its right side at the end. */
function eliminate(rows: number[][]): readonly number[] {
  for (const index of rows.keys()) {
    const pivot = rows.reduce(
      (best, row, candidate) =>
        candidate > index && Math.abs(row[index] ?? 0) > Math.abs(rows[best]?.[index] ?? 0)
          ? candidate
          : best,
      index,
    )
    const row = rows[pivot] ?? []
    rows[pivot] = rows[index] ?? []
    rows[index] = row
    for (const [other, values] of rows.entries()) {
      const factor = other === index ? 0 : (values[index] ?? 0) / (row[index] ?? 0)
      if (factor === 0) continue
      for (const [column, value] of row.entries()) {
        values[column] = (values[column] ?? 0) - factor * value
      }
    }
  }
  return rows.map((row, index) => (row.at(-1) ?? 0) / (row[index] ?? 1))
}

/**
 * The best rule as a linear program in the LP format: how often each set is there (`y`), and each request gets each place
 * (`z`), scaled so that one fitting request comes. Its optimum is the least share that any rule refuses.
 */
export function longRunProgram(traffic: NaiveTraffic): string {
  const { gpu, arrivals } = traffic
  const sets = setsOf(traffic)
  const numbers = new Map(sets.map((set, index) => [set, index]))
  const balances = sets.map((): string[] => [])
  const add = (set: number, term: string): void => {
    balances[numbers.get(set) ?? -1]?.push(term)
  }
  const rows: string[] = []
  const fits: string[] = []
  const refused: string[] = []
  for (const [number, set] of sets.entries()) {
    // HiGHS reads only one of several terms of a variable.
    const size = countsOf(gpu, set).reduce((sum, count) => sum + count, 0)
    if (size > 0) add(set, `- ${size} y${number}`)
    for (const [index, { profile }] of gpu.spots.entries()) {
      if ((set & (1 << index)) !== 0) {
        add(set & ~(1 << index), `+ y${number}`)
      } else if ((arrivals[profile] ?? 0) > 0 && canHold(gpu, set, index)) {
        add(set, `- z${number}_${index}`)
        add(set | (1 << index), `+ z${number}_${index}`)
      }
    }
    let fitting = 0
    let lost = 0
    for (const [profile, rate] of arrivals.entries()) {
      if (rate === 0) continue
      const places = [...gpu.spots.entries()]
        .filter(([index, spot]) => spot.profile === profile && canHold(gpu, set, index))
        .map(([index]) => `+ z${number}_${index}`)
      if (places.length > 0) rows.push(`${places.join(' ')} - ${rate} y${number} = 0`)
      if (!isFitting(traffic, set, profile)) continue
      fitting += rate
      if (places.length === 0) lost += rate
    }
    if (fitting > 0) fits.push(`+ ${fitting} y${number}`)
    if (lost > 0) refused.push(`+ ${lost} y${number}`)
  }
  // HiGHS cuts off a line after some hundred characters.
  return [
    'Minimize',
    ` refused: ${refused.length === 0 ? '0 y0' : refused.join('\n ')}`,
    'Subject To',
    ...[
      ...rows,
      `${fits.join('\n ')} = 1`,
      ...balances.map((terms) => `${terms.join('\n ')} = 0`),
    ].map((row, index) => ` c${index}: ${row}`),
    'End',
  ].join('\n')
}
