import type { OrderFigures, OrderShares } from '../../../types/solver/device-order.js'
import { countFitting, countPlaced, countRequests } from './count-sequences.js'
import type { FillGraph } from './fill-graph.js'
import { hamiOrder, lowestStart } from './known-orders.js'
import type { OrderLongRun } from './order-long-run.js'
import type { ReadQuestion } from './order-question.js'
import { nothingKnown, precedenceOf, type StartOrder } from './precedence.js'
import { countServed, createServed } from './served.js'

/** An order beside the usual ones and the best rule. */
export function listFigures(
  question: ReadQuestion,
  graph: FillGraph,
  longRun: OrderLongRun | null,
  order: StartOrder,
): OrderFigures {
  const { tables, load } = question
  const into = createServed(graph)
  const ours = precedenceOf(graph, order)
  const lowest = precedenceOf(graph, lowestStart(tables))
  const hami = precedenceOf(graph, hamiOrder(tables))
  const requests = countRequests(question)
  const refused = (precedence: typeof ours): number =>
    requests === 0 ? 0 : Math.max(0, 1 - countServed(graph, precedence, into) / requests)
  const fills: OrderShares = {
    order: refused(ours),
    lowestStart: refused(lowest),
    hami: refused(hami),
    bound: refused(nothingKnown(graph)),
  }
  const [placed, placedLowest, placedHami] = [ours, lowest, hami].map((each) =>
    countPlaced(graph, each),
  )
  const sequences = countFitting(question).map((fitting, index) => ({
    requests: index + 1,
    fitting,
    order: fitting - (placed?.[index] ?? 0),
    lowestStart: fitting - (placedLowest?.[index] ?? 0),
    hami: fitting - (placedHami?.[index] ?? 0),
  }))
  return {
    fills: { requests, refused: fills },
    sequences,
    longRun: longRun && { load, refused: longRunShares(longRun, order) },
  }
}

function longRunShares(longRun: OrderLongRun, order: StartOrder): OrderShares {
  const share = longRun.shareOf(order)
  const { lowestStart: lowest, hami, bound } = longRun
  // Where the order is as good as the best rule, rounding must not put it above.
  return { order: share, lowestStart: lowest, hami, bound: Math.min(bound, share, lowest, hami) }
}
