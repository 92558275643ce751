import { sum } from '../../model/numbers.js'
import type { Cell } from './cells.js'
import type { ClusterModel, Demand } from './cluster-model.js'
import type { BoundLimits } from './price-bound.js'
import { leastOfNodes, listPriced, type PricedEffect } from './priced-gpus.js'

/** What a plan comes to at least, as prices say it, and how that changes with each of them. */
export interface Lagrangian {
  /** How many prices there are: by figure, then by cell and size, then by budget. */
  readonly length: number
  /** Whether a price may differ from its start. */
  readonly isFree: (price: number) => boolean
  /** The bound for these prices. Fills `slope`. */
  readonly at: (prices: Float64Array) => number
  /** For the last prices: what all together want of each, less what there is. */
  readonly slope: Float64Array
}

/**
 * Each pod goes where its devices are the cheapest, or waits; each GPU changes as its node, changed or not, earns the most. No plan with
 * the earlier figures as `reached` costs less, whatever the prices are.
 */
export function createLagrangian(
  { figures, demands, sizes, mix, budgets }: ClusterModel,
  cells: readonly Cell[],
  figure: number,
  { reached, maxNodes, lostNow }: BoundLimits,
): Lagrangian {
  const width = sizes.length
  const firstSize = figures.length
  const firstBudget = firstSize + cells.length * width
  const length = firstBudget + budgets.length
  const slope = new Float64Array(length)
  const figureOf = (name: string): number => figures.findIndex((each) => each.name === name)
  const nodesFigure = figureOf('nodes')
  const nodeCount = sum(cells.map(({ nodes }) => nodes.length))
  const isRoom = figures[figure]?.name === 'lostRoom'
  const raise = (price: number, by: number): void => {
    slope[price] = (slope[price] ?? 0) + by
  }

  const { classes, kinds } = listPriced(cells, ({ option, added }, cell) => {
    const terms: number[] = []
    const add = (price: number, amount: number): void => {
      if (amount !== 0) terms.push(price, amount)
    }
    add(figureOf('evictions'), option.evicted.length)
    add(figureOf('modeChanges'), option.modeCost)
    add(figureOf('destroyed'), option.destroyed.length)
    for (const [size, amount] of added.entries()) add(firstSize + cell * width + size, -amount)
    return terms
  })
  const admitting = demands.map(({ number }) => cells.filter(({ admits }) => admits[number]))

  return {
    length,
    isFree: (price) =>
      price >= firstSize ||
      price < figure ||
      (price > figure && price === nodesFigure && maxNodes < nodeCount),
    slope,
    at: (prices) => {
      slope.fill(0)
      let total = isRoom ? lostNow : 0
      const at = (price: number): number => prices[price] ?? 0
      const priceIn = ({ devices }: Demand, cell: number, withRoom: boolean): number => {
        let price = 0
        for (const [size, count] of devices.entries())
          if (count > 0)
            price +=
              count * (at(firstSize + cell * width + size) + (withRoom ? (mix[size] ?? 0) : 0))
        return price
      }
      const want = ({ devices }: Demand, cell: number, times: number): void => {
        for (const [size, count] of devices.entries())
          if (count > 0) raise(firstSize + cell * width + size, count * times)
      }
      const cheapest = demands.map((demand, number) => {
        let best = { price: Number.POSITIVE_INFINITY, cell: -1 }
        if (demand.perNode > 0) return best
        for (const cell of admitting[number] ?? []) {
          const price = priceIn(demand, cell.number, isRoom)
          if (price < best.price) best = { price, cell: cell.number }
        }
        return best
      })
      for (const [number, demand] of demands.entries()) {
        if (demand.figure < 0) continue
        const ofNothing = demand.figure === figure ? 1 : at(demand.figure)
        if (demand.perNode > 0) {
          for (const cell of admitting[number] ?? []) {
            const count = demand.perNode * cell.nodes.length
            const price = priceIn(demand, cell.number, false)
            total += count * Math.min(price, ofNothing)
            if (price < ofNothing) want(demand, cell.number, count)
            else raise(demand.figure, count)
          }
          continue
        }
        const { price, cell } = cheapest[number] ?? { price: 0, cell: -1 }
        total += demand.pods.length * Math.min(price, ofNothing)
        if (price < ofNothing) want(demand, cell, demand.pods.length)
        else raise(demand.figure, demand.pods.length)
      }
      const moveCosts = demands.map((demand, number) =>
        demand.budgets.reduce(
          (sum, budget) => sum + at(firstBudget + budget),
          cheapest[number]?.price ?? 0,
        ),
      )
      const costOf = ({ effect, terms }: PricedEffect): number => {
        let cost = isRoom ? effect.lostRoom : 0
        for (let term = 0; term < terms.length; term += 2)
          cost += at(terms[term] ?? 0) * (terms[term + 1] ?? 0)
        for (const demand of effect.option.moved) cost += moveCosts[demand] ?? 0
        return cost
      }
      const ofNode = nodesFigure === figure ? 1 : at(nodesFigure)
      const nodes = leastOfNodes(classes, kinds, costOf, ofNode)
      total += nodes.total
      raise(nodesFigure, nodes.changed)
      for (const { taken, best } of classes) {
        for (const which of [0, 1] as const) {
          const count = taken[which]
          const chosen = best[which]
          if (count === 0 || chosen === null) continue
          for (let term = 0; term < chosen.terms.length; term += 2)
            raise(chosen.terms[term] ?? 0, count * (chosen.terms[term + 1] ?? 0))
          for (const number of chosen.effect.option.moved) {
            const demand = demands[number]
            if (demand === undefined) continue
            const cell = cheapest[number]?.cell ?? -1
            if (cell >= 0) want(demand, cell, count)
            for (const budget of demand.budgets) raise(firstBudget + budget, count)
          }
        }
      }
      for (const { number, idle } of cells) {
        for (const [size, count] of idle.entries()) {
          const price = firstSize + number * width + size
          total -= count * at(price)
          raise(price, -count)
        }
      }
      for (let index = 0; index < figures.length; index += 1) {
        if (index === figure) continue
        const most = index < figure ? (reached[index] ?? 0) : maxNodes
        if (at(index) !== 0) total -= at(index) * most
        raise(index, -most)
      }
      for (const [index, { allowed }] of budgets.entries()) {
        total -= at(firstBudget + index) * allowed
        raise(firstBudget + index, -allowed)
      }
      return total
    },
  }
}
