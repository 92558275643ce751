import type { OrderFigures, OrderShares } from '../../../types/solver/device-order.js'
import { countFitting, countPlaced, countRequests } from './count-sequences.js'
import type { FillGraph } from './fill-graph.js'
import { hamiOrder, lowestStart } from './known-orders.js'
import type { OrderLongRun } from './order-long-run.js'
import type { ReadQuestion } from './order-question.js'
import { nothingKnown, type Precedence, precedenceOf, type StartOrder } from './precedence.js'
import { countServed, createServed, rounding } from './served.js'

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
  const refused = (precedence: Precedence): number =>
    requests === 0 ? 0 : withoutRounding(1 - countServed(graph, precedence, into) / requests)
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
  const share = withoutRounding(longRun.shareOf(order))
  const lowest = withoutRounding(longRun.lowestStart)
  const hami = withoutRounding(longRun.hami)
  // Where the order is as good as the best rule, rounding must not put it above.
  const bound = Math.min(withoutRounding(longRun.bound), share, lowest, hami)
  return { order: share, lowestStart: lowest, hami, bound }
}

function withoutRounding(share: number): number {
  return share < rounding ? 0 : share
}
