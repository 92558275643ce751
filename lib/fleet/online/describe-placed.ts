import type { FleetAnswer } from '../../../types/fleet/online.js'
import type { FleetPlacement } from '../../../types/fleet/pack.js'
import { describeCleared, describeHolding } from './holding.js'
import type { Placed } from './place-best.js'

/** The answer for a request that is placed, with the idle instances that it takes or that have to go before. */
export function describePlaced(id: string, placed: readonly Placed[]): FleetAnswer {
  const placements = placed.map(describeOne)
  if (placed.every(({ rank }) => rank < 2)) return { kind: 'placed', id, placements }
  const cleared = placed.flatMap(({ rank, gone }) => (rank > 1 ? gone.map(describeCleared) : []))
  return { kind: 'placed', id, placements, cleared }
}

function describeOne({ holding, rank }: Placed): FleetPlacement {
  const placement = describeHolding(holding)
  return rank === 0 ? { ...placement, reused: true } : placement
}
