import { sum } from '../../../model/numbers.js'
import { annealLoads } from '../../pack/anneal-loads.js'
import type { InstanceLoads } from './instance-loads.js'

/** What it costs to move an instance of mean cost, in GPUs: little, because fewer GPUs come first. */
const costOfMove = 0.05
/** Moves of the walks for each instance, and of all of them. */
const movesEach = [8000, 16_000]
const mostMoves = 4_000_000

/** Leaves more at home, with no more than `most` GPUs opened. */
export function moveLess(
  { loads, instances }: InstanceLoads,
  most: number,
  spend: (amount: number) => boolean,
): void {
  const total = sum(instances.map(({ instance: { cost } }) => cost))
  if (total === 0) return
  const costs = instances.map(
    ({ instance: { cost } }) => (costOfMove * cost * instances.length) / total,
  )
  const costOf = (demand: number, gpu: object): number =>
    instances[demand]?.home?.gpu === gpu ? 0 : (costs[demand] ?? 0)
  for (const [seed, each] of movesEach.entries()) {
    if (!spend(1)) return
    const moves = Math.min(mostMoves, each * instances.length)
    annealLoads(loads, { isOpen: () => true, target: most, moves, seed, spend, costOf })
  }
}
