import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { Tables } from '../../solver/tables/tables.js'
import type { Holding } from './fleet-state.js'

/** Instances on the GPUs of a pool that are not cordoned. */
export interface PoolDemand {
  /** By profile position: all of them. */
  readonly counts: number[]
  /** Those whose request may let them become another profile or go to another model. */
  readonly wishes: Map<string, WishDemand>
}

/** Instances of requests that let in the same GPUs and profiles. */
interface WishDemand {
  readonly asked: FleetRequest
  /** By profile position. */
  readonly counts: number[]
  total: number
}

export function emptyDemand({ profiles }: Tables): PoolDemand {
  return { counts: profiles.map(() => 0), wishes: new Map() }
}

export function changeDemand(
  { counts, wishes }: PoolDemand,
  tables: Tables,
  { place, asked, pinned }: Holding,
  by: 1 | -1,
): void {
  const position = tables.places[place]?.profilePosition ?? 0
  counts[position] = (counts[position] ?? 0) + by
  if (asked === null || pinned) return
  const key = wishOf(asked)
  const wish = wishes.get(key) ?? { asked, counts: counts.map(() => 0), total: 0 }
  wishes.set(key, wish)
  wish.counts[position] = (wish.counts[position] ?? 0) + by
  wish.total += by
  if (wish.total === 0) wishes.delete(key)
}

const known = new WeakMap<FleetRequest, string>()

/** What a bound knows of a request: other filters only keep it from more. */
function wishOf(asked: FleetRequest): string {
  let wish = known.get(asked)
  if (wish === undefined) {
    const { profile, need, reservation, where } = asked
    wish = JSON.stringify([profile, need, reservation, where?.models])
    known.set(asked, wish)
  }
  return wish
}
