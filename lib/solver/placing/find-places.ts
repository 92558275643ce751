import { at, lowestBit, wordAt } from '../../model/numbers.js'
import type { CompiledPlacement, StateTable, Tables } from '../tables/tables.js'

/** Which of several sets of places is best. */
export interface PlaceOrder {
  /** The rank of the state that results; lower is better. Among equal ranks, the starts decide. */
  readonly rankOf: (state: number, states: StateTable) => number
  readonly starts: 'lowest' | 'highest'
  /** Any set of places is good enough. */
  readonly anyPlaces: boolean
  /** Earlier answers, if states and partitions have lasting numbers. */
  readonly found: Map<number, FoundPlaces | null>
}

/** A set of places, as a list. */
export interface FoundPlaces {
  /** Null: the end of the list. */
  readonly place: CompiledPlacement | null
  readonly others: FoundPlaces | null
  readonly rank: number
  /** Among sets with equally many places, the one with the greater number has the better starts. */
  readonly starts: number
}

/**
 * The instances still to place, by number: first one of `profileOf`, then those that come `after`.
 */
interface Wanted {
  readonly count: number
  /** -1: nothing is left. */
  readonly profileOf: (wanted: number) => number
  readonly after: (wanted: number) => number
  readonly possible: (state: number, wanted: number) => boolean
}

/** Any places at all: for questions with the answer yes or no. */
export const placeFirst: PlaceOrder = {
  rankOf: () => 0,
  starts: 'lowest',
  anyPlaces: true,
  found: new Map(),
}

/**
 * The best places for instances (by profile position) on a GPU in this state. Null: there are none.
 * Exact: the search places instances one by one in every way. The best places for the rest depend on the
 * state alone, because one more place on both sides does not change a comparison.
 */
export function findPlaces(
  tables: Tables,
  order: PlaceOrder,
  state: number,
  counts: readonly number[],
): FoundPlaces | null {
  const { residuals } = tables
  if (residuals === null) {
    const listed = listWanted(tables, counts)
    if (listed === null) return null
    // With states of its own, so that the time of a question does not depend on earlier questions.
    const states = tables.states.fork(state)
    return search(
      { profiles: tables.profiles, states, order, wanted: listed, found: new Map() },
      0,
      0,
    )
  }
  const { partitions, classOf, holds } = residuals
  const partition = partitions.find(counts)
  if (partition < 0) return null
  const known = order.found.get(state * partitions.counts.length + partition)
  if (known !== undefined) return known
  if (!holds(wordAt(classOf, state), partition)) return null
  const numbered: Wanted = {
    count: partitions.counts.length,
    profileOf: (wanted) => wordAt(partitions.firstProfiles, wanted),
    after: (wanted) => wordAt(partitions.rests, wanted),
    possible: (reached, wanted) => holds(wordAt(classOf, reached), wanted),
  }
  const { profiles, states } = tables
  return search({ profiles, states, order, wanted: numbered, found: order.found }, state, partition)
}

/** The hardest profiles first. Null: more of one than the GPU can ever take. */
function listWanted(tables: Tables, counts: readonly number[]): Wanted | null {
  if (tables.profiles.some(({ position, maximum }) => at(counts, position) > maximum)) return null
  const list = tables.searchOrder.flatMap(({ position }) =>
    Array.from({ length: at(counts, position) }, () => position),
  )
  return {
    count: list.length + 1,
    profileOf: (wanted) => list[wanted] ?? -1,
    after: (wanted) => wanted + 1,
    possible: () => true,
  }
}

interface Search extends Pick<Tables, 'profiles' | 'states'> {
  readonly order: PlaceOrder
  readonly wanted: Wanted
  /** By state and number of what is wanted. */
  readonly found: Map<number, FoundPlaces | null>
}

/** The best places for what has the number `number` in `wanted`. */
function search(question: Search, state: number, number: number): FoundPlaces | null {
  const { profiles, states, order, wanted, found } = question
  const key = state * wanted.count + number
  const known = found.get(key)
  if (known !== undefined) return known
  const position = wanted.profileOf(number)
  let best: FoundPlaces | null = null
  if (position < 0) {
    best = { place: null, others: null, rank: order.rankOf(state, states), starts: 0 }
  } else {
    const next = states.nextOf(state)
    const after = wanted.after(number)
    for (const place of at(profiles, position).placements) {
      const reached = wordAt(next, place.number)
      if (reached < 0 || !wanted.possible(reached, after)) continue
      const others = search(question, reached, after)
      if (others === null) continue
      const starts = others.starts + startValue(order, place)
      const candidate = { place, others, rank: others.rank, starts }
      if (best === null || isBetter(order, candidate, best)) best = candidate
      if (order.anyPlaces) break
    }
  }
  found.set(key, best)
  return best
}

/**
 * The starts of a set differ, so the sum of their values is a set of bits, the best start first.
 */
function startValue({ starts }: PlaceOrder, { mask }: CompiledPlacement): number {
  const bit = lowestBit(mask)
  return 2 ** (starts === 'lowest' ? 31 - bit : bit)
}

function isBetter(order: PlaceOrder, candidate: FoundPlaces, best: FoundPlaces): boolean {
  if (candidate.rank !== best.rank) return candidate.rank < best.rank
  if (candidate.starts !== best.starts) return candidate.starts > best.starts
  // With equal starts, the first profile has the better one.
  const left = [...listPlaces(candidate)].sort(byStart)
  const right = [...listPlaces(best)].sort(byStart)
  if (order.starts === 'highest') {
    left.reverse()
    right.reverse()
  }
  for (const [index, { profilePosition }] of left.entries()) {
    const difference = profilePosition - at(right, index).profilePosition
    if (difference !== 0) return difference < 0
  }
  return false
}

export function listPlaces(found: FoundPlaces): readonly CompiledPlacement[] {
  const places: CompiledPlacement[] = []
  for (let rest: FoundPlaces | null = found; rest !== null; rest = rest.others) {
    if (rest.place !== null) places.push(rest.place)
  }
  return places
}

function byStart(a: CompiledPlacement, b: CompiledPlacement): number {
  return a.placement.start - b.placement.start
}
