import { lowestBit } from '../../model/numbers.js'
import type { FillGraph } from './fill-graph.js'
import { candidates, type Precedence } from './precedence.js'

/** Sums of chances are exact to about 10⁻¹⁵, so values that differ by less than this are equal. */
export const rounding = 1e-12

/** What becomes of the requests while a GPU fills up. */
export interface Served {
  /** By node, how many requests are placed before the first that is not, as an expectation. */
  readonly served: Float64Array
  /** The place that a request gets, at `node * profileCount + position`; -1: none. */
  readonly chosen: Int32Array
  /** The places that may be first, by choice. */
  readonly allowed: Int32Array
}

export function createServed({ nodeCount, profileCount, choices }: FillGraph): Served {
  return {
    served: new Float64Array(nodeCount),
    chosen: new Int32Array(nodeCount * profileCount),
    allowed: new Int32Array(choices.length),
  }
}

/**
 * Fills in what is served, and returns it for the start. Where several places may be first, each node has the
 * best of them for itself. So an order with this precedence serves no more than that, and exactly that if the
 * precedence is a whole order. Where nothing is known, no rule whatever serves more.
 */
export function countServed(graph: FillGraph, before: Precedence, into: Served): number {
  const { nodeCount, profileCount, placeCount, chances, choiceOf, choices, after, firstPlaces } =
    graph
  const { served, chosen, allowed } = into
  for (const [choice, { position, free }] of choices.entries()) {
    allowed[choice] = candidates(firstPlaces[position] ?? 0, free, before)
  }
  for (let node = nodeCount - 1; node >= 0; node -= 1) {
    let sum = 0
    for (let position = 0; position < profileCount; position += 1) {
      const entry = node * profileCount + position
      const choice = choiceOf[entry] ?? -1
      chosen[entry] = -1
      if (choice < 0) continue
      const row = node * placeCount + (firstPlaces[position] ?? 0)
      let most = -1
      let mostChosen = -1
      for (let rest = allowed[choice] ?? 0; rest !== 0; rest &= rest - 1) {
        const place = lowestBit(rest)
        const value = served[after[row + place] ?? 0] ?? 0
        if (value > most) most = value
        // Among equal places it is the same one everywhere, so that the choices more often agree on one order.
        if (value <= mostChosen + rounding) continue
        mostChosen = value
        chosen[entry] = place
      }
      sum += (chances[entry] ?? 0) * (1 + most)
    }
    served[node] = sum
  }
  return served[0] ?? 0
}
