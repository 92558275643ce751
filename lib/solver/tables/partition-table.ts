import { at, wordAt } from '../../model/numbers.js'
import type { CompiledPlacement, PartitionTable, Tables } from './table-types.js'

/** Every partition that the empty GPU can take. Null: there are more than `most`. */
export function listPartitions(tables: Tables, most: number): PartitionTable | null {
  const radices = listRadices(tables)
  if (radices === null) return null
  const maxima = tables.profiles.map(({ maximum }) => maximum)
  const keyOf = (counts: readonly number[]): number => {
    let key = 0
    for (let position = 0; position < radices.length; position += 1) {
      const count = counts[position] ?? 0
      // A count above the maximum would change the digits of the next profile.
      if (count > (maxima[position] ?? 0)) return -1
      key += count * (radices[position] ?? 0)
    }
    return key
  }

  const counts: (readonly number[])[] = []
  const statesOf: (readonly number[])[] = []
  const numbers = new Map<number, number>()
  const current = tables.profiles.map(() => 0)
  const list = (position: number, states: readonly number[]): boolean => {
    const profile = tables.profiles[position]
    if (profile === undefined) {
      if (counts.length === most) return false
      numbers.set(keyOf(current), counts.length)
      counts.push(Object.freeze([...current]))
      statesOf.push([...states].sort((a, b) => a - b))
      return true
    }
    let reached = states
    for (let count = 0; reached.length > 0; count += 1) {
      current[position] = count
      if (!list(position + 1, reached)) return false
      reached = reachWithOneMore(tables, position, reached)
    }
    current[position] = 0
    return true
  }
  if (!list(0, [0])) return null

  const find = (wanted: readonly number[]): number => numbers.get(keyOf(wanted)) ?? -1
  const firstProfiles = Int32Array.from(counts, (each) => each.findIndex((count) => count > 0))
  return {
    counts,
    states: statesOf,
    sizes: counts.map((each) => each.reduce((sum, count) => sum + count, 0)),
    find,
    firstProfiles,
    rests: Int32Array.from(counts, (each, number) => {
      const first = wordAt(firstProfiles, number)
      return first < 0 ? -1 : find(each.with(first, at(each, first) - 1))
    }),
    withOneMore: Int32Array.from(
      counts.flatMap((each) => each.map((count, position) => find(each.with(position, count + 1)))),
    ),
  }
}

/** The states after one more instance, each once. */
function reachWithOneMore(
  { states, profiles }: Tables,
  position: number,
  from: readonly number[],
): readonly number[] {
  const placements = at(profiles, position).placements
  const seen = new Uint8Array(states.masks.length)
  const reached: number[] = []
  // Plain loops: a new process runs them before they are compiled.
  for (let index = 0; index < from.length; index += 1) {
    const next = states.nextOf(from[index] as number)
    for (let place = 0; place < placements.length; place += 1) {
      const after = next[(placements[place] as CompiledPlacement).number] ?? -1
      if (after < 0 || seen[after] === 1) continue
      seen[after] = 1
      reached.push(after)
    }
  }
  return reached
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
