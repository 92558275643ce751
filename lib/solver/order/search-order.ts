// The best order, with its proof: branch and bound. `countServed` gives each node the best place for itself, which
// no order can beat. If these places agree on one order, it serves as much as that. Else the
// search takes free places of one profile among which different nodes choose differently, and tries each as the first of
// them. Every order has one of them first, so none is missed; what cannot serve more than the best
// order so far is left out. Places that no request reaches are never compared, so it ends after some hundred
// trials of the 7 × 10⁹ orders of an A100.
import { at, lowestBit, wordAt } from '../../model/numbers.js'
import type { Tables } from '../tables/tables.js'
import { countUsage, joinChoices, mostDisputed, mostUsed } from './disputes.js'
import type { FillGraph } from './fill-graph.js'
import {
  orderPlaces,
  type Precedence,
  precedenceOf,
  type StartOrder,
  withFirst,
} from './precedence.js'
import { countServed, createServed, rounding } from './served.js'

/** Nodes in all trials. It takes some seconds. */
const mostVisits = 2 ** 26

export interface FoundOrder {
  readonly order: StartOrder
  readonly served: number
  /** False: the search has ended early, and a better order may exist. */
  readonly proven: boolean
}

/** The best of all orders with this precedence, or the first of the `known` ones that no other one is better than. */
export function searchOrder(
  tables: Tables,
  graph: FillGraph,
  given: Precedence,
  known: readonly [StartOrder, ...StartOrder[]],
): FoundOrder {
  const into = createServed(graph)
  let visits = 0
  const serve = (before: Precedence): number => {
    visits += graph.nodeCount
    return countServed(graph, before, into)
  }
  let best = { order: known[0], served: -1 }
  const isBetter = (served: number): boolean => served > best.served + rounding
  const offer = (order: StartOrder): void => {
    const served = serve(precedenceOf(graph, order))
    if (isBetter(served)) best = { order, served }
  }

  /** A choice on which the nodes do not agree. Null: they agree on one order, and it has been offered. */
  const findDispute = (before: Precedence): number | null => {
    const usage = countUsage(graph, into)
    const disputed = mostDisputed(usage)
    if (disputed >= 0) return disputed
    const joined = joinChoices(graph, before, usage)
    const orders = tables.profiles.map((profile) => orderPlaces(profile, joined))
    const isCircle = (position: number): boolean => orders[position] === null
    if (orders.some((places) => places === null)) return mostUsed(graph, usage, into, isCircle)
    offer(orders.filter((places) => places !== null))
    return null
  }

  const search = (before: Precedence): void => {
    if (visits > mostVisits || !isBetter(serve(before))) return
    const disputed = findDispute(before)
    if (disputed === null) return
    const choice = at(graph.choices, disputed)
    const options: { readonly before: Precedence; readonly served: number }[] = []
    for (let rest = wordAt(into.allowed, disputed); rest !== 0; rest &= rest - 1) {
      const narrowed = withFirst(graph, before, choice, lowestBit(rest))
      options.push({ before: narrowed, served: serve(narrowed) })
    }
    options.sort((a, b) => b.served - a.served)
    for (const option of options) {
      if (isBetter(option.served)) search(option.before)
    }
  }
  for (const order of known) offer(order)
  search(given)
  return { ...best, proven: visits <= mostVisits }
}
