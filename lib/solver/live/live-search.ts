import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { countLive, type LiveMove, type LiveProblem, listMoves } from './live-moves.js'
import { type LiveState, stateKey } from './live-state.js'

/** A way to a target. */
export interface LiveWay {
  readonly moves: readonly LiveMove[]
  readonly state: LiveState
  /** Stops, then busy devices destroyed, then devices created; as one number. */
  readonly cost: number
}

interface Node {
  readonly state: LiveState
  readonly move: LiveMove | null
  readonly before: Node | null
  readonly cost: number
  /** `cost`, plus the devices that are still missing. */
  readonly bound: number
}

/** No GPU has so many devices. */
const radix = 2 ** 12

/** The goal of a search. */
export interface LiveGoal {
  readonly isTarget: (state: LiveState, counts: readonly (readonly number[])[]) => boolean
  /** The search gives up after so many states. */
  readonly mostStates: number
  /** Whether to find a way to each of the targets that are equally near, or to one. */
  readonly allTargets: boolean
}

/**
 * The cheapest ways: one to each target that costs the least. Null: the search would pass more than
 * `mostStates` states. Empty: there is no way.
 *
 * The search goes best first, with the devices that are still missing as the bound.
 */
export function searchLive(
  problem: LiveProblem,
  { isTarget, mostStates, allTargets }: LiveGoal,
): readonly LiveWay[] | null {
  const best = new Map<string, number>([[stateKey(problem.start), 0]])
  const open = new Map<number, Node[]>()
  const push = (node: Node): void => {
    cached(open, node.bound, (): Node[] => []).push(node)
  }
  const counts = countLive(problem.tables, problem.start)
  push({
    state: problem.start,
    move: null,
    before: null,
    cost: 0,
    bound: countMissing(problem, counts),
  })
  const ways: LiveWay[] = []
  let looked = 0
  while (open.size > 0) {
    const bound = Math.min(...open.keys())
    if (ways.some((way) => way.cost < bound)) break
    const bucket = open.get(bound)
    const node = bucket?.pop()
    if (node === undefined) {
      open.delete(bound)
      continue
    }
    if ((best.get(stateKey(node.state)) ?? 0) < node.cost) continue
    looked += 1
    if (looked > mostStates) return null
    const there = countLive(problem.tables, node.state)
    if (isTarget(node.state, there)) {
      ways.push({ moves: listWay(node), state: node.state, cost: node.cost })
      if (!allTargets) break
      continue
    }
    for (const [move, state] of listMoves(problem, node.state, there)) {
      const cost = node.cost + costOf(move)
      const key = stateKey(state)
      const known = best.get(key)
      if (known !== undefined && known <= cost) continue
      best.set(key, cost)
      const missing = countMissing(problem, countLive(problem.tables, state))
      push({ state, move, before: node, cost, bound: cost + missing })
    }
  }
  return ways
}

export function costOf({ kind, stop, busy }: LiveMove): number {
  if (kind === 'create') return 1
  return (stop ? radix * radix : 0) + (busy ? radix : 0)
}

function countMissing({ wanted }: LiveProblem, counts: readonly (readonly number[])[]): number {
  let missing = 0
  for (const [position, row] of wanted.entries()) {
    for (const [size, count] of row.entries()) {
      missing += Math.max(0, count - at(at(counts, position), size))
    }
  }
  return missing
}

function listWay(node: Node): readonly LiveMove[] {
  const moves: LiveMove[] = []
  for (let link: Node | null = node; link !== null; link = link.before) {
    if (link.move !== null) moves.push(link.move)
  }
  return moves.reverse()
}
