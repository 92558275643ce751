import type { WantedSpread, WantedSpreadGpu } from '../../model/wanted.js'
import { createQueue } from './queue.js'
import { addPresent, createSpreadBound, type Present } from './spread-bound.js'
import { type Counts, isPart, minus, type SpreadTable } from './spread-counts.js'
import type { SpreadFit } from './spread-fit.js'

/** The cost of these devices on a GPU; infinite if it cannot get them. */
export type SpreadCost = (gpu: WantedSpreadGpu, counts: Counts) => number

interface Node {
  /** The GPUs before this index are decided. */
  readonly at: number
  readonly left: Counts
  /** How many GPUs may still be used. */
  readonly gpus: number
  readonly cost: number
  readonly before: Node | null
  /** What the GPU before index `at` gets; null: it is left alone. */
  readonly taken: Counts | null
  /** False: `cost` is a lower bound. */
  readonly exact: boolean
}

/**
 * What each GPU gets, so that the costs together are least; null if there is no way. An A* search over the
 * GPUs in order, by the cost so far and a lower bound of the rest. Ties go to the answer that fills the
 * first GPUs most.
 */
export function searchSpread(
  spread: WantedSpread,
  tables: readonly SpreadTable[],
  fitsFrom: SpreadFit,
  costOf: SpreadCost,
): readonly (Counts | null)[] | null {
  const { gpus, count } = spread
  const bound = createSpreadBound(spread)
  const present = gpus.map(bound.presentOn)
  const after = suffixSums(present)
  const mayLeave = gpus.some(({ gpu }) => gpu.atLeast === true || gpu.keep !== undefined)
  const restCost = ({ at, left, gpus: open }: Pick<Node, 'at' | 'left' | 'gpus'>): number => {
    const rest = after[at]
    if (rest === undefined) return 0
    const some = open < gpus.length - at
    return bound.leastCost(some ? { ...rest, modeChanges: 0 } : rest, left, mayLeave || some)
  }
  const queue = createQueue<Node>((a, b) => b.at - a.at)
  const push = (node: Node): void => queue.push(node, node.cost + restCost(node))
  const wanted = spread.sizes.map((size) => size.count)
  const closed = new Set<string>()
  push({
    at: 0,
    left: wanted,
    gpus: count ?? gpus.length,
    cost: 0,
    before: null,
    taken: null,
    exact: true,
  })
  for (let node = queue.pop(); node !== null; node = queue.pop()) {
    const key = `${node.at} ${node.gpus} ${node.left.join()}`
    if (closed.has(key)) continue
    if (!node.exact && node.before !== null && node.taken !== null) {
      const gpu = gpus[node.at - 1]
      const cost = gpu === undefined ? 0 : node.before.cost + costOf(gpu, node.taken)
      if (!Number.isFinite(cost)) continue
      if (cost > node.cost) {
        push({ ...node, cost, exact: true })
        continue
      }
    }
    closed.add(key)
    const gpu = gpus[node.at]
    if (gpu === undefined) return listShares(node)
    const at = node.at + 1
    const step = { at, before: node, exact: false }
    for (const taken of node.gpus === 0 ? [] : (tables[node.at]?.all ?? [])) {
      if (!isPart(taken, node.left)) continue
      const left = minus(node.left, taken)
      if (!fitsFrom(at, left, node.gpus - 1)) continue
      const there = present[node.at]
      const least = there === undefined ? 0 : bound.leastCost(there, taken, mayLeave)
      push({ ...step, left, gpus: node.gpus - 1, cost: node.cost + least, taken })
    }
    if (node.gpus < gpus.length - node.at && fitsFrom(at, node.left, node.gpus))
      push({ ...step, left: node.left, gpus: node.gpus, cost: node.cost, taken: null, exact: true })
  }
  return null
}

function suffixSums(present: readonly Present[]): readonly Present[] {
  const sums: Present[] = []
  for (const each of present.toReversed()) {
    const [rest] = sums
    sums.unshift(rest === undefined ? each : addPresent(each, rest))
  }
  return sums
}

function listShares(end: Node): readonly (Counts | null)[] {
  const shares: (Counts | null)[] = []
  for (let node = end; node.before !== null; node = node.before) shares.unshift(node.taken)
  return shares
}
