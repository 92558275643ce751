import type { RebalancePrices } from '../../../../types/kubernetes/rebalance.js'
import { ceilDivide } from '../../../fleet/program/price-bound.js'
import type { ClusterModel, Demand } from '../cluster-model.js'
import type { FinalRooms } from './final-rooms.js'
import { createEnds, lesser } from './gpu-ends.js'
import { readPrices } from './read-prices.js'

interface Given {
  /** By figure. */
  readonly reached: readonly number[]
  readonly maxNodes: number
  /** The figures before are proven to be the least. So nothing is destroyed, and no mode changes, where nothing is made that is wanted. */
  readonly isLean: boolean
}

/**
 * The least value of one figure that prices prove, if the figures before it come to at most `reached`. A pod that gets devices pays for
 * them at the least price where it may go, or waits. A GPU earns at most what the dearest layout that it can have is worth, over all
 * instances that may go, less what the change costs. A node of which nothing changes earns what is idle now. All sums are exact.
 */
export function proveBound(
  cluster: ClusterModel,
  rooms: FinalRooms,
  given: RebalancePrices,
  { reached, maxNodes, isLean }: Given,
): number {
  const { figures, demands, nodes, mix, budgets } = cluster
  const prices = readPrices(cluster, given)
  const { weights, groups, groupOf } = prices
  const weightOf = (name: string): bigint =>
    weights[figures.findIndex((each) => each.name === name)] ?? 0n
  const room = weightOf('lostRoom')
  const priceIn = (devices: readonly number[], node: number, withRoom: boolean): bigint => {
    const own = groups[groupOf[node] ?? 0] ?? []
    return devices.reduce(
      (total, count, size) =>
        total +
        BigInt(count) * ((own[size] ?? 0n) + (withRoom ? room * BigInt(mix[size] ?? 0) : 0n)),
      0n,
    )
  }
  /** Null: no node admits it. */
  const cheapest = ({ number, devices }: Demand): bigint | null => {
    let least: bigint | null = null
    for (const [node, { admits }] of nodes.entries()) {
      if (admits[number] !== true) continue
      const price = priceIn(devices, node, true)
      if (least === null || price < least) least = price
    }
    return least
  }
  let total = 0n
  const moveCosts = new Map<number, bigint>()
  for (const demand of demands) {
    const { figure, perNode, pods, devices, number } = demand
    const ofNothing = weights[figure] ?? 0n
    if (figure < 0) {
      const place = cheapest(demand)
      if (place !== null)
        moveCosts.set(
          number,
          demand.budgets.reduce((cost, budget) => cost + (prices.budgets[budget] ?? 0n), place),
        )
    } else if (perNode === 0) {
      total += BigInt(pods.length) * lesser(ofNothing, cheapest(demand) ?? ofNothing)
    } else {
      for (const [node, { admits }] of nodes.entries())
        if (admits[number] === true)
          total += BigInt(perNode) * lesser(ofNothing, priceIn(devices, node, false))
    }
  }
  const ends = createEnds(cluster, prices, { rooms, moveCosts, weightOf, isLean })
  for (const [number, { gpus }] of nodes.entries()) {
    let still = 0n
    let changed = 0n
    for (const gpu of gpus) {
      const least = ends(gpu, groupOf[number] ?? 0)
      still += least.still
      changed += least.changed
    }
    total += lesser(still, changed + weightOf('nodes'))
  }
  for (const [index, weight] of weights.entries()) {
    if (index < given.figure) total -= weight * BigInt(reached[index] ?? 0)
    else if (index > given.figure) total -= weight * BigInt(maxNodes)
  }
  for (const [index, { allowed }] of budgets.entries())
    total -= (prices.budgets[index] ?? 0n) * BigInt(allowed)
  return Math.max(0, ceilDivide(total, BigInt(given.denominator)))
}
