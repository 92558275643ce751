import type { ClassProgram } from './class-program.js'

/** How many of each of `demands` go to each slot that serves it: in the order of `slotsOf`. */
export interface DemandAssignment {
  readonly placed: readonly (readonly number[])[]
  readonly unplaced: readonly number[]
}

/**
 * The most value into the given room, of that the least memory where `byMemory`: a flow along cheapest
 * paths, in whole numbers.
 */
export function assignDemands(
  { demands, slots, slotsOf }: Pick<ClassProgram, 'demands' | 'slots' | 'slotsOf'>,
  room: readonly number[],
  byMemory: boolean,
): DemandAssignment {
  const placed = slotsOf.map((each) => each.map(() => 0))
  const unplaced = demands.map(({ count }) => count)
  const free = [...room]
  const costOf = (slot: number): number => (byMemory ? (slots[slot]?.memoryMiB ?? 0) : 0)
  // Whoever is placed stays placed, so the most valuable first loses nothing (a matching matroid); what
  // is left of the order is the memory.
  const order = [...demands.keys()].sort(
    (a, b) => (demands[b]?.value ?? 0) - (demands[a]?.value ?? 0) || a - b,
  )
  for (const demand of order) {
    while ((unplaced[demand] ?? 0) > 0) {
      const path = findPath(demand, slotsOf, placed, free, costOf)
      if (path === null) break
      let amount = unplaced[demand] ?? 0
      amount = Math.min(amount, free[path.slot] ?? 0)
      for (const { demand: from, index } of path.back) {
        amount = Math.min(amount, placed[from]?.[index] ?? 0)
      }
      for (const { demand: to, index } of path.forward) change(placed, to, index, amount)
      for (const { demand: from, index } of path.back) change(placed, from, index, -amount)
      free[path.slot] = (free[path.slot] ?? 0) - amount
      unplaced[demand] = (unplaced[demand] ?? 0) - amount
    }
  }
  return { placed, unplaced }
}

interface Arc {
  readonly demand: number
  readonly index: number
}

interface Path {
  readonly slot: number
  readonly forward: readonly Arc[]
  readonly back: readonly Arc[]
}

/** From a demand into a slot, or out of it what moves on to another: Bellman and Ford, cheapest first. */
function findPath(
  start: number,
  slotsOf: readonly (readonly number[])[],
  placed: readonly (readonly number[])[],
  free: readonly number[],
  costOf: (slot: number) => number,
): Path | null {
  const toDemand: (number | undefined)[] = []
  const toSlot: (number | undefined)[] = []
  const slotFrom: (Arc | undefined)[] = []
  const demandFrom: (Arc | undefined)[] = []
  toDemand[start] = 0
  let queue = [start]
  while (queue.length > 0) {
    const next = new Set<number>()
    for (const demand of queue) {
      const cost = toDemand[demand] ?? 0
      for (const [index, slot] of (slotsOf[demand] ?? []).entries()) {
        const reached = cost + costOf(slot)
        if (reached >= (toSlot[slot] ?? Number.POSITIVE_INFINITY)) continue
        toSlot[slot] = reached
        slotFrom[slot] = { demand, index }
        for (const [other, slots] of slotsOf.entries()) {
          const at = slots.indexOf(slot)
          if (other === demand || at < 0 || (placed[other]?.[at] ?? 0) === 0) continue
          const back = reached - costOf(slot)
          if (back >= (toDemand[other] ?? Number.POSITIVE_INFINITY)) continue
          toDemand[other] = back
          demandFrom[other] = { demand: slot, index: at }
          next.add(other)
        }
      }
    }
    queue = [...next]
  }
  let best = -1
  for (const [slot, cost] of toSlot.entries()) {
    if (cost === undefined || (free[slot] ?? 0) === 0) continue
    if (best < 0 || cost < (toSlot[best] ?? 0)) best = slot
  }
  if (best < 0) return null
  const forward: Arc[] = []
  const back: Arc[] = []
  for (let slot = best; ; ) {
    const arc = slotFrom[slot]
    if (arc === undefined) return null
    forward.push(arc)
    if (arc.demand === start) return { slot: best, forward, back }
    const from = demandFrom[arc.demand]
    if (from === undefined) return null
    back.push({ demand: arc.demand, index: from.index })
    slot = from.demand
  }
}

function change(placed: number[][], demand: number, index: number, amount: number): void {
  const row = placed[demand]
  if (row !== undefined) row[index] = (row[index] ?? 0) + amount
}
