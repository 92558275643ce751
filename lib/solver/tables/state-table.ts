import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { amountCounter } from './limits.js'
import type { StateTable, Successors, Tables } from './table-types.js'

/** Refuses a question that needs more states, which would take minutes. */
const mostStates = 2 ** 17

interface State {
  readonly mask: number
  /** What is left of each limit. */
  readonly left: readonly number[]
}

// A process needs this for its first answer. So each function is a few plain operations: V8 takes longer to optimise
// larger ones than these take.
export function createStateTable(tables: Tables, first?: State): StateTable {
  const { places, profiles, limits, maskCount } = tables
  const placeMasks = places.map(({ mask }) => mask)
  const profileOf = places.map(({ profilePosition }) => profilePosition)
  const { lefts, numberOf, lessOne, noMoreThan } = createLefts(tables)
  const counters = limits.map(({ amounts }) => amountCounter(tables, amounts))
  const masks: number[] = []
  const leftOf: number[] = []
  /** By state: places of which some are legal in it. */
  const hopefuls: (readonly number[])[] = []
  const legals: (readonly number[])[] = []
  const rows: (Int32Array | undefined)[] = []
  /** By `left * maskCount + mask`. */
  const numbers = new Map<number, number>()
  const mostLeft = new Map<number, readonly number[]>()

  const mostLeftBeside = (mask: number): readonly number[] => counters.map((count) => count(mask))
  const intern = (mask: number, left: number, hopeful: readonly number[]): number => {
    const key = left * maskCount + mask
    const known = numbers.get(key)
    if (known !== undefined) return known
    const usable = noMoreThan(left, cached(mostLeft, mask, mostLeftBeside))
    let state = masks.length
    if (usable !== left) {
      state = intern(mask, usable, hopeful)
    } else {
      if (state === mostStates) throw tooMany(places.length)
      masks.push(mask)
      leftOf.push(left)
      hopefuls.push(hopeful)
    }
    numbers.set(key, state)
    return state
  }

  const onlyLegal = (
    hopeful: readonly number[],
    mask: number,
    less: readonly number[],
  ): readonly number[] => {
    const legal: number[] = []
    for (let index = 0; index < hopeful.length; index += 1) {
      const place = hopeful[index] as number
      if ((mask & (placeMasks[place] as number)) !== 0) continue
      if ((less[place] as number) >= 0) legal.push(place)
    }
    return legal
  }

  const rowOf = (legal: readonly number[], mask: number, less: readonly number[]): Int32Array => {
    const row = new Int32Array(places.length).fill(-1)
    for (let index = 0; index < legal.length; index += 1) {
      const place = legal[index] as number
      row[place] = intern(mask | (placeMasks[place] as number), less[place] as number, legal)
    }
    return row
  }

  const nextOf = (state: number): Int32Array => {
    const known = rows[state]
    if (known !== undefined) return known
    const mask = masks[state] ?? 0
    const less = lessOne(leftOf[state] ?? 0)
    // What is legal in a state was legal in the one before it.
    const legal = onlyLegal(hopefuls[state] ?? [], mask, less)
    const row = rowOf(legal, mask, less)
    rows[state] = row
    legals[state] = legal
    return row
  }

  const listSuccessors = (): Successors => {
    const starts = new Int32Array(masks.length * profiles.length + 1)
    const numbers: number[] = []
    const reached: number[] = []
    let entry = 0
    const add = (row: Int32Array, legal: readonly number[], first: number): void => {
      for (let index = 0; index < legal.length; index += 1) {
        const place = legal[index] as number
        const own = first + (profileOf[place] as number)
        for (; entry < own; entry += 1) starts[entry + 1] = reached.length
        numbers.push(place)
        reached.push(row[place] as number)
      }
    }
    for (let state = 0; state < masks.length; state += 1) {
      const row = nextOf(state)
      add(row, legals[state] ?? [], state * profiles.length)
    }
    starts.fill(reached.length, entry + 1)
    return { starts, places: Int32Array.from(numbers), reached: Int32Array.from(reached) }
  }
  let successors: Successors | undefined

  const all = [...places.keys()]
  const find = (occupied: number, counts: readonly number[]): number => {
    const left = limits.map(({ amounts, available }) =>
      amounts.reduce((rest, amount, position) => rest - amount * at(counts, position), available),
    )
    return intern(occupied, numberOf(left), all)
  }

  if (first === undefined) find(0, new Array(profiles.length).fill(0))
  else intern(first.mask, numberOf(first.left), all)
  return {
    masks,
    nextOf,
    find,
    fork: (state) =>
      createStateTable(tables, { mask: at(masks, state), left: at(lefts, at(leftOf, state)) }),
    complete: (most) => {
      for (let state = 0; state < masks.length; state += 1) {
        if (masks.length > most) return false
        nextOf(state)
      }
      return true
    },
    successors: () => {
      successors ??= listSuccessors()
      return successors
    },
  }
}

function tooMany(placeCount: number): MigError {
  return new MigError(
    'MIG_SOLVER_LIMIT',
    `This question needs more than ${mostStates} states of a GPU with ${placeCount} placements.`,
  )
}

interface Lefts {
  /** What can be left of each limit, by number. */
  readonly lefts: readonly (readonly number[])[]
  readonly numberOf: (left: readonly number[]) => number
  /** The numbers after one more instance, by place; -1: it exceeds a limit. */
  readonly lessOne: (left: number) => readonly number[]
  /** The number of what is left, where no more than this can be used. */
  readonly noMoreThan: (left: number, most: readonly number[]) => number
}

function createLefts({ profiles, places, limits }: Tables): Lefts {
  const lefts: (readonly number[])[] = []
  const after: (readonly number[])[] = []
  const numbers = new Map<string, number>()
  const numberOf = (left: readonly number[]): number => {
    const key = left.join()
    let number = numbers.get(key)
    if (number === undefined) {
      number = lefts.length
      numbers.set(key, number)
      lefts.push(left)
    }
    return number
  }
  const lessOne = (left: number): readonly number[] => after[left] ?? takeOne(left)
  const takeOne = (left: number): readonly number[] => {
    const amounts = at(lefts, left)
    const byProfile = profiles.map(({ position }) => {
      const rest = amounts.map((amount, limit) => amount - at(at(limits, limit).amounts, position))
      return rest.some((amount) => amount < 0) ? -1 : numberOf(rest)
    })
    const found = places.map(({ profilePosition }) => at(byProfile, profilePosition))
    after[left] = found
    return found
  }
  const noMoreThan = (left: number, most: readonly number[]): number =>
    numberOf(at(lefts, left).map((amount, limit) => Math.min(amount, at(most, limit))))
  return { lefts, numberOf, lessOne, noMoreThan }
}
