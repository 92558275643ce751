import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { amountCounter } from './limits.js'
import type { StateTable, Tables } from './table-types.js'

/** Refuses a question that needs more states, which would take minutes. */
const mostStates = 2 ** 17

interface State {
  readonly mask: number
  readonly left: readonly number[]
}

export function createStateTable(tables: Tables, first?: State): StateTable {
  const { places, limits } = tables
  const count = amountCounter(tables)
  const amountsOf = tables.profiles.map(({ position }) =>
    limits.map(({ amounts }) => at(amounts, position)),
  )
  const masks: number[] = []
  const lefts: (readonly number[])[] = []
  const rows: (Int32Array | undefined)[] = []
  const numbers = new Map<number | string, number>()
  const mostLeft = new Map<number, readonly number[]>()

  /** How much of each limit the free units can take at most. */
  const countMostLeft = (mask: number): readonly number[] =>
    limits.map(({ amounts }) => count(amounts, mask))

  const intern = (mask: number, left: readonly number[]): number => {
    const most = cached(mostLeft, mask, countMostLeft)
    const cut = left.map((amount, index) => Math.min(amount, most[index] ?? 0))
    const key = cut.length === 0 ? mask : `${mask}:${cut.join()}`
    let state = numbers.get(key)
    if (state === undefined) {
      state = masks.length
      if (state === mostStates) {
        throw new MigError(
          'MIG_SOLVER_LIMIT',
          `This question needs more than ${mostStates} states of a GPU with ${places.length} placements.`,
        )
      }
      numbers.set(key, state)
      masks.push(mask)
      lefts.push(cut)
    }
    return state
  }

  const nextOf = (state: number): Int32Array => {
    const known = rows[state]
    if (known !== undefined) return known
    const mask = masks[state] ?? 0
    const left = lefts[state] ?? []
    const row = new Int32Array(places.length).fill(-1)
    for (const place of places) {
      if ((mask & place.mask) !== 0) continue
      const amounts = amountsOf[place.profilePosition] ?? []
      if (left.some((amount, index) => amount < (amounts[index] ?? 0))) continue
      const after = left.map((amount, index) => amount - (amounts[index] ?? 0))
      row[place.number] = intern(mask | place.mask, after)
    }
    rows[state] = row
    return row
  }

  const find = (occupied: number, counts: readonly number[]): number =>
    intern(
      occupied,
      limits.map(({ amounts, available }) =>
        amounts.reduce((left, amount, position) => left - amount * at(counts, position), available),
      ),
    )

  if (first === undefined) find(0, new Array(tables.profiles.length).fill(0))
  else intern(first.mask, first.left)
  return {
    masks,
    nextOf,
    find,
    fork: (state) => createStateTable(tables, { mask: at(masks, state), left: at(lefts, state) }),
    complete: (most) => {
      for (let state = 0; state < masks.length; state += 1) {
        if (masks.length > most) return false
        nextOf(state)
      }
      return true
    },
  }
}
