import type { Budget } from '../../program/linear-program.js'
import type { MoveView } from '../grouped-fleet.js'
import type { GpuChange } from '../name-moves.js'
import { createHosts, listChanges, listRunning } from './move-greedily.js'

/**
 * Where no solution in whole numbers was found: GPU by GPU, the cheapest to empty first, what is on it
 * goes to other GPUs in use, until `fewest` are left or nothing more can be emptied.
 */
export function emptyGreedily(
  view: MoveView,
  fewest: number,
  budget: Budget,
): readonly GpuChange[] {
  const inUse = listRunning(view.types.filter(({ items }) => items.length > 0))
  const hosts = createHosts(inUse)
  const order = inUse
    .filter(({ gpu }) => gpu.items.every(({ cost }) => cost >= 0))
    .map((each) => ({ each, cost: each.gpu.items.reduce((sum, { cost }) => sum + cost, 0) }))
    .sort((a, b) => a.cost - b.cost || b.each.gpu.position - a.each.gpu.position)
  let used = inUse.length
  for (const { each } of order) {
    if (used <= fewest || !budget.spend(hosts.size())) break
    if (each.incoming.length > 0 || !hosts.receive(each.gpu.items, each)) continue
    hosts.remove(each)
    used -= 1
  }
  return listChanges(inUse)
}
