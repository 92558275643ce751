import type { Budget } from '../../fleet/program/linear-program.js'
import { sum } from '../../model/numbers.js'
import { divideIntoCells } from './cells.js'
import type { ClusterModel } from './cluster-model.js'
import type { DraftPlan } from './draft-plan.js'
import { createOptionLister } from './gpu-options.js'
import { boundByPrices, type ClassPrices, fromClassPrices, toClassPrices } from './price-bound.js'
import { raisePrices } from './raise-bound.js'

interface RoomSearch {
  readonly cluster: ClusterModel
  readonly maxNodes: number
  readonly budget: Budget
}

/**
 * A bound of the room that is lost in a cluster of many nodes. It counts from the room as it is now, so that GPUs with the same ways to
 * change still count together. Null where pods may move: then a GPU has too many ways.
 */
export function boundRoom(
  { cluster, maxNodes, budget }: RoomSearch,
  best: DraftPlan | null,
  prices: readonly ClassPrices[],
  lowerBounds: readonly number[],
): { readonly bound: number; readonly prices: ClassPrices } | null {
  const { figures, demands, nodes } = cluster
  if (best === null || demands.some(({ figure }) => figure < 0)) return null
  const figure = figures.findIndex(({ name }) => name === 'lostRoom')
  const isLean = lowerBounds.every((bound, index) => (best.values[index] ?? 0) <= bound)
  const lister = createOptionLister(cluster, true, !isLean)
  const cells = divideIntoCells(cluster, lister, false, 'of-changes')
  const lostNow = sum(
    nodes.flatMap(({ gpus }) =>
      gpus.map((gpu) => lister.mostRoom(gpu) - (lister.list(gpu)[0]?.room ?? 0)),
    ),
  )
  const limits = { reached: best.values, maxNodes, lostNow }
  const value = best.values[figure] ?? 0
  const before = prices.at(-1)
  const start = fromClassPrices(before ?? noPrices(figures.length, cells.length))
  const found = raisePrices(
    cluster,
    cells,
    toClassPrices(cluster, figure, start),
    limits,
    value,
    budget,
  )
  return { bound: boundByPrices(cluster, cells, found, limits), prices: found }
}

function noPrices(figureCount: number, cellCount: number): ClassPrices {
  return {
    figure: -1,
    denominator: 1,
    weights: Array.from({ length: figureCount }, () => 0),
    sizes: Array.from({ length: cellCount }, () => []),
    budgets: [],
  }
}
