import type { LoadedGpu } from './gpu-loads.js'
import type { Exchange } from './improve-loads.js'
import { walkLoads } from './walk-loads.js'

const noItems: ReadonlySet<never> = new Set()

/** Whether a packing makes the GPU one in use. */
export function isOpened({ group, items }: LoadedGpu): boolean {
  return !group.inUse && items.length > 0
}

/** Moves of the walk that follows the closing of one GPU, and of all of them, for each request. */
const movesEach = 300
const fewestMoves = 100_000
const allMovesEach = 4000
const fewestInAll = 3_000_000

/**
 * Empties GPUs, those with the least on them first, while nothing more is left out, until `target` are opened.
 * `isOpen` says which GPUs may be used; those that were emptied may not. Without `walks`, only chains of requests make room.
 */
export function closeGpus(
  { loads, chains, leftOut, spend }: Exchange,
  isOpen: (gpu: LoadedGpu) => boolean,
  target: number,
  { walks = true }: { readonly walks?: boolean } = {},
): void {
  const { gpus } = loads
  const closed = new Set(gpus.filter((gpu) => !gpu.group.inUse && gpu.items.length === 0))
  const mayUse = (gpu: LoadedGpu): boolean => isOpen(gpu) && !closed.has(gpu)
  const most = leftOut.value()
  let opened = gpus.filter(isOpened).length
  let moves = Math.max(fewestInAll, allMovesEach * loads.demands.length)
  for (let isBetter = true; isBetter && opened > target; ) {
    isBetter = false
    const order = gpus
      .filter(isOpened)
      .sort((a, b) => b.group.cost - a.group.cost || loadOf(a) - loadOf(b) || b.number - a.number)
    for (const gpu of order) {
      if (opened <= target || !spend(1)) return
      const saved = loads.save()
      const going = [...gpu.items]
      closed.add(gpu)
      for (const item of going) {
        loads.remove(gpu, item)
        leftOut.update(item.demand)
      }
      for (const { demand } of going) {
        if (chains.place(demand, { mayUse, fixed: noItems })) leftOut.update(demand)
      }
      loads.commit()
      const mostMoves = Math.min(moves, Math.max(fewestMoves, movesEach * loads.demands.length))
      const rules = { isOpen: mayUse, target: most, mostMoves, mostIdle: mostMoves, spend }
      if (walks && leftOut.value() > most) {
        moves -= mostMoves
        walkLoads(loads, leftOut, rules)
      }
      if (leftOut.value() <= most) {
        opened = gpus.filter(isOpened).length
        for (const each of gpus) if (!each.group.inUse && each.items.length === 0) closed.add(each)
        isBetter = true
        continue
      }
      closed.delete(gpu)
      loads.restore(saved)
      for (const demand of loads.demands.keys()) leftOut.update(demand)
    }
  }
}

/** Memory units that are taken. */
function loadOf({ group, items }: LoadedGpu): number {
  const { profiles, memoryUnits } = group.model.tables
  return items.reduce(
    (sum, { position }) => sum + (profiles[position]?.unitCount ?? memoryUnits),
    0,
  )
}
