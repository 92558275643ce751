import type { PartitionTable, Successors, Tables } from './table-types.js'

/** Every partition that the empty GPU can take. Null: there are more than `most`. */
export function listPartitions(
  tables: Tables,
  successors: Successors,
  most: number,
): PartitionTable | null {
  const radices = listRadices(tables)
  if (radices === null) return null
  const maxima = tables.profiles.map(({ maximum }) => maximum)

  const counts: (readonly number[])[] = []
  const statesOf: (readonly number[])[] = []
  const keys: number[] = []
  const numbers = new Map<number, number>()
  const current = tables.profiles.map(() => 0)
  const reach = reacher(tables, successors)
  const list = (position: number, states: readonly number[], key: number): boolean => {
    if (position === radices.length) {
      if (counts.length === most) return false
      numbers.set(key, counts.length)
      keys.push(key)
      counts.push(Object.freeze([...current]))
      statesOf.push([...Int32Array.from(states).sort()])
      return true
    }
    let reached = states
    for (let count = 0; reached.length > 0; count += 1) {
      current[position] = count
      if (!list(position + 1, reached, key + count * (radices[position] ?? 0))) return false
      reached = reach(position, reached)
    }
    current[position] = 0
    return true
  }
  if (!list(0, [0], 0)) return null

  const firstProfiles = Int32Array.from(counts, (each) => each.findIndex((count) => count > 0))
  const withOneMore = new Int32Array(counts.length * radices.length).fill(-1)
  const rests = new Int32Array(counts.length).fill(-1)
  for (let number = 0; number < counts.length; number += 1) {
    for (let position = 0; position < radices.length; position += 1) {
      const more = numbers.get((keys[number] ?? 0) + (radices[position] ?? 0))
      // A count above the maximum would change the digits of the next profile.
      if (more === undefined || (counts[number]?.[position] ?? 0) === maxima[position]) continue
      withOneMore[number * radices.length + position] = more
      if (firstProfiles[more] === position) rests[more] = number
    }
  }
  return {
    counts,
    states: statesOf,
    sizes: counts.map((each) => each.reduce((sum, count) => sum + count, 0)),
    find(wanted) {
      let key = 0
      for (let position = 0; position < radices.length; position += 1) {
        const count = wanted[position] ?? 0
        if (count > (maxima[position] ?? 0)) return -1
        key += count * (radices[position] ?? 0)
      }
      return numbers.get(key) ?? -1
    },
    firstProfiles,
    rests,
    withOneMore,
  }
}

/** A function for the states after one more instance, each once. */
function reacher(
  { states, profiles }: Tables,
  { starts, reached }: Successors,
): (position: number, from: readonly number[]) => readonly number[] {
  const seenBy = new Int32Array(states.masks.length)
  let call = 0
  return (position, from) => {
    const found: number[] = []
    call += 1
    // Plain loops: a new process runs them before they are compiled.
    for (let index = 0; index < from.length; index += 1) {
      const entry = (from[index] ?? 0) * profiles.length + position
      const end = starts[entry + 1] ?? 0
      for (let at = starts[entry] ?? 0; at < end; at += 1) {
        const after = reached[at] ?? 0
        if (seenBy[after] === call) continue
        seenBy[after] = call
        found.push(after)
      }
    }
    return found
  }
}

/** Null: the counts do not fit into one safe integer. */
function listRadices({ profiles }: Tables): readonly number[] | null {
  const radices: number[] = []
  let radix = 1
  for (const { maximum } of profiles) {
    radices.push(radix)
    radix *= maximum + 1
  }
  return radix <= Number.MAX_SAFE_INTEGER ? radices : null
}
