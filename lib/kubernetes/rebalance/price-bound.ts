import { ceilDivide, toWholePrices } from '../../fleet/program/price-bound.js'
import { sum } from '../../model/numbers.js'
import type { Cell } from './cells.js'
import type { RebalanceProgram } from './class-program.js'
import type { ClusterModel, Demand } from './cluster-model.js'
import type { Effect } from './option-effects.js'

/** Prices that prove a bound of one figure: whole numbers over one denominator. */
export interface ClassPrices {
  readonly figure: number
  readonly denominator: number
  /** What one more of each figure costs. Later figures cost nothing. */
  readonly weights: readonly number[]
  /** What a device of each size is worth in each cell. */
  readonly sizes: readonly (readonly number[])[]
  readonly budgets: readonly number[]
}

/** Prices of the rows of a linear program at its optimum for one figure. */
export function readPrices(
  cluster: ClusterModel,
  { supplyRows, budgetRows }: RebalanceProgram,
  duals: ArrayLike<number>,
  figure: number,
): ClassPrices {
  // The number of nodes has a limit of its own, whichever figure is minimised.
  const earlier = cluster.figures.map(({ name }, index) =>
    index < figure || (index > figure && name === 'nodes') ? Math.max(0, -(duals[index] ?? 0)) : 0,
  )
  const supplies = supplyRows.flat().map((row) => Math.max(0, duals[row] ?? 0))
  const budgets = budgetRows.map((row) => Math.max(0, -(duals[row] ?? 0)))
  return toClassPrices(cluster, figure, [...earlier, ...supplies, ...budgets])
}

/** Prices by figure, by cell and size, and by budget, as whole numbers. */
export function toClassPrices(
  { figures, sizes, budgets }: ClusterModel,
  figure: number,
  prices: ArrayLike<number>,
): ClassPrices {
  const { numbers, denominator } = toWholePrices(Array.from(prices))
  const width = sizes.length
  const firstBudget = numbers.length - budgets.length
  const cellCount = width === 0 ? 0 : (firstBudget - figures.length) / width
  return {
    figure,
    denominator,
    weights: figures.map((_, index) => (index === figure ? denominator : (numbers[index] ?? 0))),
    sizes: Array.from({ length: cellCount }, (_, cell) =>
      numbers.slice(figures.length + cell * width, figures.length + (cell + 1) * width),
    ),
    budgets: numbers.slice(firstBudget),
  }
}

/** The same prices in one list. */
export function fromClassPrices({
  denominator,
  weights,
  sizes,
  budgets,
}: ClassPrices): Float64Array {
  return Float64Array.from([...weights, ...sizes.flat(), ...budgets], (each) => each / denominator)
}

/** What holds of every plan that counts. */
export interface BoundLimits {
  /** The earlier figures come to at most so much. */
  readonly reached: readonly number[]
  readonly maxNodes: number
  /** What the room of effects starts from: how much less of the mix fits now than with the roomiest changes. */
  readonly lostNow: number
}

/**
 * The least value of the figure that these prices prove, if the figures before it come to at most `reached`. Every device that a pod
 * gets is paid at its price, and no GPU can offer devices worth more than its dearest change, less what the change costs.
 */
export function boundByPrices(
  cluster: ClusterModel,
  cells: readonly Cell[],
  { figure, denominator, weights, sizes, budgets }: ClassPrices,
  { reached, maxNodes, lostNow }: BoundLimits,
): number {
  const { figures, demands, mix } = cluster
  const weightOf = (name: string): number =>
    weights[figures.findIndex((each) => each.name === name)] ?? 0
  const roomWeight = weightOf('lostRoom')
  const priceOf = ({ devices }: Demand, cell: Cell): number =>
    sum(
      devices.map(
        (count, size) =>
          count * ((sizes[cell.number]?.[size] ?? 0) + roomWeight * (mix[size] ?? 0)),
      ),
    )
  const cheapest = (demand: Demand): number =>
    Math.min(
      ...cells
        .filter(({ admits }) => admits[demand.number] === true)
        .map((cell) => priceOf(demand, cell)),
    )
  let total = BigInt(roomWeight) * BigInt(lostNow)
  for (const demand of demands) {
    const ofNothing = weights[demand.figure] ?? 0
    if (demand.figure < 0) continue
    if (demand.perNode === 0) {
      total += BigInt(demand.pods.length) * BigInt(Math.min(ofNothing, cheapest(demand)))
      continue
    }
    for (const cell of cells) {
      if (cell.admits[demand.number] !== true) continue
      const price = sum(
        demand.devices.map((count, size) => count * (sizes[cell.number]?.[size] ?? 0)),
      )
      total += BigInt(demand.perNode * cell.nodes.length) * BigInt(Math.min(ofNothing, price))
    }
  }
  const moveCosts = demands.map((demand) =>
    demand.figure < 0
      ? cheapest(demand) + sum(demand.budgets.map((budget) => budgets[budget] ?? 0))
      : 0,
  )
  const costOf = ({ option, added, lostRoom }: Effect, cell: Cell): number =>
    weightOf('evictions') * option.evicted.length +
    weightOf('modeChanges') * option.modeCost +
    weightOf('destroyed') * option.destroyed.length +
    roomWeight * lostRoom +
    sum(option.moved.map((demand) => moveCosts[demand] ?? 0)) -
    sum(added.map((count, size) => count * (sizes[cell.number]?.[size] ?? 0)))
  for (const cell of cells) {
    for (const [size, count] of cell.idle.entries())
      total -= BigInt(count) * BigInt(sizes[cell.number]?.[size] ?? 0)
    // By GPU: what it comes to at least without a change of the layout, and with one. One that cannot change comes to nothing.
    const values = new Map<object, readonly [number, number]>()
    for (const { effects, gpus } of cell.classes) {
      let still = Number.POSITIVE_INFINITY
      let changed = Number.POSITIVE_INFINITY
      for (const effect of effects) {
        const value = costOf(effect, cell)
        changed = Math.min(changed, value)
        if (!effect.option.changes) still = Math.min(still, value)
      }
      for (const gpu of gpus) values.set(gpu, [still, changed])
    }
    for (const { gpus } of cell.nodes) {
      const still = sum(gpus.map((gpu) => values.get(gpu)?.[0] ?? 0))
      const changed = sum(gpus.map((gpu) => values.get(gpu)?.[1] ?? 0))
      total += BigInt(Math.min(still, changed + weightOf('nodes')))
    }
  }
  for (const [index, weight] of weights.entries()) {
    if (index === figure || weight === 0) continue
    total -= BigInt(weight) * BigInt(index < figure ? (reached[index] ?? 0) : maxNodes)
  }
  for (const [index, weight] of budgets.entries())
    total -= BigInt(weight) * BigInt(cluster.budgets[index]?.allowed ?? 0)
  return Math.max(0, ceilDivide(total, BigInt(denominator)))
}
