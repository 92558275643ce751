import type { ChainSearch } from './find-chain.js'
import type { GpuLoads, LoadedGpu } from './gpu-loads.js'
import type { LeftOut } from './left-out.js'
import { walkLoads } from './walk-loads.js'

/** A packing that is being improved. */
export interface Exchange {
  readonly loads: GpuLoads
  readonly chains: ChainSearch
  readonly leftOut: LeftOut
  /** Counts the work; false: the search has to stop. */
  readonly spend: (amount: number) => boolean
}

const noItems: ReadonlySet<never> = new Set()

/** Places what chains can place, the most valuable first, and leaves out what is worth less instead. */
export function placeByChains(
  { loads, chains, leftOut, spend }: Exchange,
  isOpen: (gpu: LoadedGpu) => boolean,
): void {
  const { demands, left } = loads
  const worthOf = (demand: number): number => demands[demand]?.value ?? 1
  const waiting = Array.from({ length: leftOut.size() }, (_, index) => leftOut.at(index)).sort(
    (a, b) => worthOf(b) - worthOf(a) || a - b,
  )
  for (const demand of waiting) {
    while ((left[demand] as number) > 0) {
      if (!spend(1)) return
      if (chains.place(demand, { mayUse: isOpen, fixed: noItems })) {
        loads.commit()
        leftOut.update(demand)
        continue
      }
      let least = demand
      for (const other of chains.reached) if (worthOf(other) < worthOf(least)) least = other
      if (least === demand || !chains.replace(least)) break
      loads.commit()
      leftOut.update(demand)
      leftOut.update(least)
    }
  }
}

/** Moves of a walk for each request: a second for some hundred thousand moves. */
const movesEach = 4000
const fewestMoves = 3_000_000

/** Leaves out as little as it can, and no less than `target`. */
export function leaveOutLess(
  exchange: Exchange,
  isOpen: (gpu: LoadedGpu) => boolean,
  target: number,
): void {
  placeByChains(exchange, isOpen)
  const { loads, leftOut, spend } = exchange
  const requests = loads.demands.reduce((sum, { count }) => sum + count, 0)
  const most = Math.max(fewestMoves, movesEach * Math.min(requests, loads.gpus.length * 7))
  const rules = { isOpen, target, mostMoves: most, mostIdle: most, spend }
  walkLoads(loads, leftOut, rules)
}
