// How a GPU fills up, in every order at once. A node is a state of the GPU, and the partition that it holds. The next
// request is drawn from the demand among the profiles that still fit: some layout has the whole partition and one of these.
import { MigError } from '../../errors.js'
import { at, sum, wordAt } from '../../model/numbers.js'
import { requireResiduals, type Tables } from '../tables/tables.js'

const mostNodes = 2 ** 14

/** The places of a profile are bits of a word. */
const mostPlacements = 31

/** The free places of one profile, in one or more nodes: bit `i` for the profile's placement `i`. */
export interface Choice {
  readonly position: number
  readonly free: number
}

/** Each node comes before all that follow from it; 0 is the start. */
export interface FillGraph {
  readonly nodeCount: number
  readonly profileCount: number
  readonly placeCount: number
  /** How likely the next request wants a profile, at `node * profileCount + position`. */
  readonly chances: Float64Array
  /** Where `choices` has the free places of a profile, at the same index; -1: it has none, or is not wanted. */
  readonly choiceOf: Int32Array
  readonly choices: readonly Choice[]
  /** The node after an instance at a place, at `node * placeCount + number`; -1: not possible, or not wanted. */
  readonly after: Int32Array
  /** The number of the first place of each profile. */
  readonly firstPlaces: readonly number[]
}

/** Where a GPU starts to fill up, and what comes. */
export interface FillQuestion {
  readonly tables: Tables
  readonly start: {
    readonly state: number
    /** The number of the partition that is there. */
    readonly partition: number
  }
  /** How often requests want each profile, by its position. */
  readonly weights: readonly number[]
  /** Requests end after so many. */
  readonly most: number
}

/** Throws `MIG_SOLVER_LIMIT` for a GPU with too many states. */
export function createFillGraph({ tables, start, weights, most }: FillQuestion): FillGraph {
  const { partitions } = requireResiduals(tables)
  const { profiles, places, states } = tables
  if (profiles.some(({ placements }) => placements.length > mostPlacements)) throw tooLarge(tables)
  const end = at(partitions.sizes, start.partition) + most
  const nodeStates: number[] = []
  const held: number[] = []
  const numbers = new Map<number, number>()
  const nodeAt = (state: number, partition: number): number => {
    const key = state * partitions.counts.length + partition
    const known = numbers.get(key)
    if (known !== undefined) return known
    if (nodeStates.length === mostNodes) throw tooLarge(tables)
    numbers.set(key, nodeStates.length)
    held.push(partition)
    return nodeStates.push(state) - 1
  }

  /** The partition with one more instance of each profile; -1: it does not fit, or is not wanted. */
  const listFitting = (partition: number): readonly number[] => {
    const isEnd = at(partitions.sizes, partition) >= end
    return profiles.map(({ position }) => {
      const more = wordAt(partitions.withOneMore, partition * profiles.length + position)
      const isWanted = !isEnd && at(weights, position) > 0
      return isWanted && more >= 0 ? more : -1
    })
  }

  const chances: number[] = []
  const after: number[] = []
  nodeAt(start.state, start.partition)
  for (let node = 0; node < nodeStates.length; node += 1) {
    const next = states.nextOf(at(nodeStates, node))
    const fitting = listFitting(at(held, node))
    const fittingWeights = weights.map((weight, position) =>
      at(fitting, position) < 0 ? 0 : weight,
    )
    const total = sum(fittingWeights)
    for (const weight of fittingWeights) chances.push(weight === 0 ? 0 : weight / total)
    for (const { number, profilePosition } of places) {
      const more = at(fitting, profilePosition)
      const state = wordAt(next, number)
      after.push(more < 0 || state < 0 ? -1 : nodeAt(state, more))
    }
  }
  return {
    nodeCount: nodeStates.length,
    profileCount: profiles.length,
    placeCount: places.length,
    chances: Float64Array.from(chances),
    after: Int32Array.from(after),
    ...listChoices(tables, after),
  }
}

function listChoices(
  { profiles, places }: Tables,
  after: readonly number[],
): Pick<FillGraph, 'choiceOf' | 'choices' | 'firstPlaces'> {
  const choices: Choice[] = []
  const choiceOf: number[] = []
  const numbers = new Map<string, number>()
  for (let row = 0; row < after.length; row += places.length) {
    for (const { position, placements } of profiles) {
      let free = 0
      for (const [index, { number }] of placements.entries()) {
        if (at(after, row + number) >= 0) free |= 1 << index
      }
      const key = `${position}:${free}`
      const known = numbers.get(key)
      if (free !== 0 && known === undefined) {
        numbers.set(key, choices.length)
        choices.push({ position, free })
      }
      choiceOf.push(free === 0 ? -1 : (known ?? choices.length - 1))
    }
  }
  return {
    choices,
    choiceOf: Int32Array.from(choiceOf),
    firstPlaces: profiles.map(({ placements }) => placements[0]?.number ?? 0),
  }
}

function tooLarge({ places }: Tables): MigError {
  return new MigError(
    'MIG_SOLVER_LIMIT',
    `A GPU with ${places.length} placements can fill up in too many ways to search for an order.`,
  )
}
