import { requireResiduals, type Tables } from '../../solver/tables/tables.js'

/** Finds the greatest worth of instances that can be added in a state. */
export type DearestFinder = (tables: Tables, prices: readonly number[]) => (state: number) => number

/** By the partitions that each class of states can take. */
export function dearestPattern(
  tables: Tables,
  prices: readonly number[],
): (state: number) => number {
  const { classOf, classes, partitions } = requireResiduals(tables)
  const known: (number | undefined)[] = []
  return (state) => {
    const number = classOf[state] ?? 0
    let most = known[number]
    if (most !== undefined) return most
    most = 0
    for (const partition of classes[number]?.undominated ?? []) {
      let worth = 0
      const counts = partitions.counts[partition] ?? []
      for (let position = 0; position < counts.length; position += 1)
        worth += (counts[position] ?? 0) * (prices[position] ?? 0)
      if (worth > most) most = worth
    }
    known[number] = most
    return most
  }
}

/** The same by a walk over the states, which needs no list of patterns. */
export function dearestSet(
  { states, places }: Tables,
  prices: readonly number[],
): (state: number) => number {
  const known = new Map<number, number>()
  const worthOf = (state: number): number => {
    const found = known.get(state)
    if (found !== undefined) return found
    const next = states.nextOf(state)
    let most = 0
    for (const { number, profilePosition } of places) {
      const after = next[number] ?? -1
      const price = prices[profilePosition] ?? 0
      if (after >= 0 && price > 0) most = Math.max(most, price + worthOf(after))
    }
    known.set(state, most)
    return most
  }
  return worthOf
}
