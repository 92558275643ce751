import type { RebalanceFigure } from '../../../types/kubernetes/rebalance.js'

/** The distance of the first figure that is not proven, relative to it. */
export function gapOf(objective: readonly RebalanceFigure[]): number {
  const open = objective.find(({ value, lowerBound }) => value > lowerBound)
  return open === undefined ? 0 : (open.value - open.lowerBound) / open.value
}
