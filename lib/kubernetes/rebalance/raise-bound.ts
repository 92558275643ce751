import type { Budget } from '../../fleet/program/linear-program.js'
import type { Cell } from './cells.js'
import type { ClusterModel } from './cluster-model.js'
import { createLagrangian, type Lagrangian } from './lagrangian.js'
import {
  type BoundLimits,
  boundByPrices,
  type ClassPrices,
  fromClassPrices,
  toClassPrices,
} from './price-bound.js'

const mostSteps = 500
/** After so many steps without a better bound, steps become shorter. */
const patience = 12
const shortest = 0.005
/** The part of the last direction that a step keeps, against zigzags. */
const inertia = 0.5
/** The part of a budget that one step may use. */
const stepWork = 200

/**
 * Prices that prove at least what the given ones prove. A linear program of GPUs that count together does not see which of them share a
 * node; steps along the slope of the bound do. They end where no whole number below `target` is left.
 */
export function raisePrices(
  cluster: ClusterModel,
  cells: readonly Cell[],
  given: ClassPrices,
  limits: BoundLimits,
  target: number,
  budget: Budget,
): ClassPrices {
  const { figure } = given
  const lagrangian = createLagrangian(cluster, cells, figure, limits)
  const raised = climb(lagrangian, fromClassPrices(given), target, budget)
  const found = toClassPrices(cluster, figure, raised)
  const bound = (prices: ClassPrices): number => boundByPrices(cluster, cells, prices, limits)
  return bound(found) > bound(given) ? found : given
}

function climb(
  { length, slope, isFree, at }: Lagrangian,
  start: Float64Array,
  target: number,
  budget: Budget,
): Float64Array {
  const prices = start.slice()
  const best = start.slice()
  const direction = new Float64Array(length)
  let bound = Number.NEGATIVE_INFINITY
  let share = 1
  let since = 0
  for (let step = 0; step < mostSteps && share > shortest && budget.spend(stepWork); step += 1) {
    let value = at(prices)
    since = value > bound + 1e-3 * Math.abs(target - bound) ? 0 : since + 1
    if (value > bound) {
      bound = value
      best.set(prices)
    }
    if (bound > target - 1 + 1e-6) break
    if (since >= patience) {
      share /= 2
      since = 0
      prices.set(best)
      value = at(prices)
      direction.fill(0)
    }
    let square = 0
    for (let price = 0; price < length; price += 1) {
      const along = (slope[price] ?? 0) + inertia * (direction[price] ?? 0)
      const isHeld = !isFree(price) || ((prices[price] ?? 0) <= 0 && along < 0)
      direction[price] = isHeld ? 0 : along
      square += isHeld ? 0 : along * along
    }
    if (square < 1e-12) break
    const size = (share * Math.max(target - value, 1e-6)) / square
    for (let price = 0; price < length; price += 1)
      prices[price] = Math.max(0, (prices[price] ?? 0) + size * (direction[price] ?? 0))
  }
  return best
}
