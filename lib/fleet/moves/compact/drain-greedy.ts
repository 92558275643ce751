import type { Budget } from '../../program/linear-program.js'
import type { MoveView } from '../grouped-fleet.js'
import type { GpuChange } from '../name-moves.js'
import { createHosts, listChanges, listRunning } from './move-greedily.js'

/**
 * Where no solution in whole numbers was found: one instance after the other, the largest first, to the
 * fullest GPU that has room.
 */
export function drainGreedily(view: MoveView, budget: Budget): readonly GpuChange[] {
  const isDrained = ({ cell }: MoveView['types'][number]): boolean => cell.site.isDrained
  const others = listRunning(view.types.filter((type) => !isDrained(type)))
  const drained = listRunning(view.types.filter(isDrained))
  const hosts = createHosts(others)
  const going = drained
    .flatMap((each) => each.gpu.items.map((item) => ({ each, item })))
    .filter(({ item }) => item.cost >= 0)
    .sort((a, b) => b.item.place.placement.size - a.item.place.placement.size)
  for (const { each, item } of going) {
    if (!budget.spend(hosts.size())) break
    hosts.receive([item], each)
  }
  return listChanges([...drained, ...others])
}
