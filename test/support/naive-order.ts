import { type Futures, futuresOf } from './naive-futures.js'
import { countsOf, type NaiveGpu } from './naive-gpu.js'

// What orders of placements refuse, from the list of all legal sets of places. Nothing here comes from the solver.

/** By profile, indexes into `spots`: the first free one is taken. */
export type NaiveOrder = readonly (readonly number[])[]

export interface NaiveQuestion {
  readonly gpu: NaiveGpu
  /** By profile. */
  readonly weights: readonly number[]
  /** Instances at the start, as bits over `spots`. */
  readonly there: number
  /** The most requests. */
  readonly most: number
}

/** In ascending order of start. */
export function spotsByProfile({ gpu }: NaiveQuestion): NaiveOrder {
  return gpu.profiles.map((_, profile) =>
    [...gpu.spots.entries()]
      .filter(([, spot]) => spot.profile === profile)
      .sort(([, a], [, b]) => a.start - b.start)
      .map(([index]) => index),
  )
}

/** HAMi's rule by the names of profiles: what begins with 1g or 3g comes from the top. */
export function naiveHami(question: NaiveQuestion): NaiveOrder {
  const { profiles } = question.gpu.geometry
  return spotsByProfile(question).map((spots, profile) =>
    /^[13]g/.test(profiles[profile]?.name ?? '') ? spots.toReversed() : spots,
  )
}

/** The set after a request, or null where it is refused. */
export function take(
  { gpu }: Pick<NaiveQuestion, 'gpu'>,
  order: NaiveOrder,
  set: number,
  profile: number,
): number | null {
  const spot = order[profile]?.find((index) => canHold(gpu, set, index))
  return spot === undefined ? null : set | (1 << spot)
}

const legal = new WeakMap<NaiveGpu, ReadonlySet<number>>()

export function canHold(gpu: NaiveGpu, set: number, spot: number): boolean {
  const sets = legal.get(gpu) ?? new Set(gpu.sets)
  legal.set(gpu, sets)
  return (set & (1 << spot)) === 0 && sets.has(set | (1 << spot))
}

/** The profiles that the next request may want: those that fit if everything there could be moved. */
export function fittingProfiles(
  { gpu, weights, there, most }: NaiveQuestion,
  futures: Futures,
  came: readonly number[],
): readonly number[] {
  const size = came.reduce((sum, count) => sum + count, 0)
  return weights.flatMap((weight, profile) => {
    const all = countsOf(gpu, there).map(
      (count, each) => count + (came[each] ?? 0) + Number(each === profile),
    )
    return size < most && weight > 0 && futures.canAdd(0, all) ? [profile] : []
  })
}

/**
 * Walks every sequence of requests that fits, one after the other. `chance` is how likely it is that the requests
 * come like this; `set` is what is there then, null once a request has been refused.
 */
export function walkSequences(
  question: NaiveQuestion,
  order: NaiveOrder,
  visit: (length: number, chance: number, set: number | null) => void,
): void {
  const futures = futuresOf(question.gpu)
  const walk = (came: readonly number[], chance: number, set: number | null): void => {
    const length = came.reduce((sum, count) => sum + count, 0)
    if (length > 0) visit(length, chance, set)
    const fitting = fittingProfiles(question, futures, came)
    const total = fitting.reduce((sum, profile) => sum + (question.weights[profile] ?? 0), 0)
    for (const profile of fitting) {
      const more = came.with(profile, (came[profile] ?? 0) + 1)
      const share = (question.weights[profile] ?? 0) / total
      walk(more, chance * share, set === null ? null : take(question, order, set, profile))
    }
  }
  walk(
    question.gpu.profiles.map(() => 0),
    1,
    question.there,
  )
}

/** The requests that come, and the share of them that is refused or comes after a refused one. */
export function naiveFills(
  question: NaiveQuestion,
  order: NaiveOrder,
): { readonly requests: number; readonly refused: number } {
  let requests = 0
  let refused = 0
  walkSequences(question, order, (_, chance, set) => {
    requests += chance
    if (set === null) refused += chance
  })
  return { requests, refused: requests === 0 ? 0 : refused / requests }
}

/** For each length: how many sequences fit, and how many of these are not placed as a whole. */
export function naiveSequences(
  question: NaiveQuestion,
  order: NaiveOrder,
): readonly { readonly fitting: number; readonly refused: number }[] {
  const counts: { fitting: number; refused: number }[] = []
  walkSequences(question, order, (length, _, set) => {
    const { fitting = 0, refused = 0 } = counts[length - 1] ?? {}
    counts[length - 1] = { fitting: fitting + 1, refused: refused + Number(set === null) }
  })
  return counts
}

/** The least share that any order refuses: every permutation of the places that are free at the start. */
export function leastRefused(question: NaiveQuestion): number {
  const lists = spotsByProfile(question).map((spots, profile) =>
    (question.weights[profile] ?? 0) === 0
      ? [spots]
      : permutations(spots.filter((spot) => canHold(question.gpu, question.there, spot))),
  )
  let least = Number.POSITIVE_INFINITY
  const choose = (order: NaiveOrder): void => {
    const list = lists[order.length]
    if (list === undefined) least = Math.min(least, naiveFills(question, order).refused)
    else for (const spots of list) choose([...order, spots])
  }
  choose([])
  return least
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]]
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  )
}

/** The least share that any rule refuses that sees all instances before each choice, and still cannot move them. */
export function leastOfAllRules(question: NaiveQuestion): number {
  const { gpu, weights, there } = question
  const futures = futuresOf(gpu)
  const known = new Map<string, number>()
  const serve = (came: readonly number[], set: number): number => {
    const key = `${came.join()}:${set}`
    const value = known.get(key)
    if (value !== undefined) return value
    const fitting = fittingProfiles(question, futures, came)
    const total = fitting.reduce((sum, profile) => sum + (weights[profile] ?? 0), 0)
    let served = 0
    for (const profile of fitting) {
      const more = came.with(profile, (came[profile] ?? 0) + 1)
      const options = [...gpu.spots.entries()].filter(
        ([index, spot]) => spot.profile === profile && canHold(gpu, set, index),
      )
      const best = options.map(([index]) => 1 + serve(more, set | (1 << index)))
      served += ((weights[profile] ?? 0) / total) * Math.max(0, ...best)
    }
    known.set(key, served)
    return served
  }
  const { requests } = naiveFills(question, spotsByProfile(question))
  const served = serve(
    gpu.profiles.map(() => 0),
    there,
  )
  return requests === 0 ? 0 : 1 - served / requests
}
