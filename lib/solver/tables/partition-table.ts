import type { CompiledGeometry } from './compile-geometry.js'

/**
 * The partitions that an empty GPU can take, as numbers of GPU instances by profile position; 0 is
 * the empty one. In ascending order of their counts, the first profile's deciding first.
 */
export interface PartitionTable {
  readonly counts: readonly (readonly number[])[]
  /** GPU instances of each. */
  readonly sizes: readonly number[]
  /** The states of the GPUs that hold exactly this, ascending. */
  readonly states: readonly (readonly number[])[]
  /** -1: no layout has these. */
  readonly find: (counts: readonly number[]) => number
  /** The first profile that each has an instance of; -1 of the empty one. */
  readonly firstProfiles: Int32Array
  /** Each without one instance of its first profile. */
  readonly rests: Int32Array
  /** Each with one instance more, at `partition * profiles + position`; -1: no layout has these. */
  readonly withOneMore: Int32Array
}

/** Null: there are more than `most`. */
export function listPartitions(geometry: CompiledGeometry, most: number): PartitionTable | null {
  const radices = listRadices(geometry)
  if (radices === null) return null
  const maxima = geometry.profiles.map(({ maximum }) => maximum)
  const keyOf = (counts: readonly number[]): number => {
    let key = 0
    for (let position = 0; position < radices.length; position += 1) {
      const count = counts[position] ?? 0
      // A count beyond the maximum would run into the next profile's digits.
      if (count > (maxima[position] ?? 0)) return -1
      key += count * (radices[position] ?? 0)
    }
    return key
  }

  const counts: (readonly number[])[] = []
  const statesOf: (readonly number[])[] = []
  const numbers = new Map<number, number>()
  const current = geometry.profiles.map(() => 0)
  const list = (position: number, states: readonly number[]): boolean => {
    const profile = geometry.profiles[position]
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
      reached = reachWithOneMore(geometry, position, reached)
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
      const first = firstProfiles[number] ?? -1
      return first < 0 ? -1 : find(each.with(first, (each[first] ?? 0) - 1))
    }),
    withOneMore: Int32Array.from(
      counts.flatMap((each) => each.map((count, position) => find(each.with(position, count + 1)))),
    ),
  }
}

/** Each state once. */
function reachWithOneMore(
  { states, profiles }: CompiledGeometry,
  position: number,
  from: readonly number[],
): readonly number[] {
  const placements = profiles[position]?.placements ?? []
  const seen = new Uint8Array(states.masks.length)
  const reached: number[] = []
  for (const state of from) {
    const next = states.nextOf(state)
    for (const { number } of placements) {
      const after = next[number] ?? -1
      if (after < 0 || seen[after] === 1) continue
      seen[after] = 1
      reached.push(after)
    }
  }
  return reached
}

/** Null: the counts do not fit into one safe integer. */
function listRadices({ profiles }: CompiledGeometry): readonly number[] | null {
  const radices: number[] = []
  let radix = 1
  for (const { maximum } of profiles) {
    radices.push(radix)
    radix *= maximum + 1
  }
  return radix <= Number.MAX_SAFE_INTEGER ? radices : null
}
