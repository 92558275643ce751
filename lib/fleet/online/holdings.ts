import type { FleetPlacement } from '../../../types/fleet/pack.js'
import { placeOf } from '../../solver/tables/tables.js'
import { requireText } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import type { Holding, OnlineGpu } from './fleet-state.js'
import type { HeldRequests } from './held-requests.js'
import { describeHolding, makeHolding, occupy, vacate } from './holding.js'
import type { PlacedRules } from './placed-rules.js'

/** All holdings, by name. */
export interface Holdings {
  readonly count: () => number
  readonly has: (id: string) => boolean
  readonly get: (id: string) => Holding | undefined
  /** Those with a name. */
  readonly all: () => Iterable<Holding>
  /** Enters what a new GPU holds, before searches find the GPU. */
  readonly adopt: (gpu: OnlineGpu) => void
  readonly add: (holding: Holding) => void
  readonly drop: (holding: Holding) => void
  readonly release: (id: string) => readonly FleetPlacement[]
}

export function createHoldings(rules: PlacedRules, requests: HeldRequests): Holdings {
  const byName = new Map<string, Holding>()

  const enter = (holding: Holding): void => {
    const { request } = holding
    if (request !== null) {
      byName.set(request, holding)
      requests.enter(request, holding.asked)
    }
    rules.add(holding)
  }
  const drop = (holding: Holding): void => {
    const { request } = holding
    if (request !== null) {
      byName.delete(request)
      requests.leave(request, holding.asked)
    }
    rules.remove(holding)
    vacate(holding)
  }

  return {
    count: () => byName.size,
    has: (id) => byName.has(id) || requests.owns(id),
    get: (id) => byName.get(id),
    all: () => byName.values(),
    adopt: (gpu) => {
      const { heldBy, layout = [] } = gpu.given
      const found = layout.map((instance): Holding => {
        const { id = null } = instance
        const place = placeOf(gpu.pool.model.tables, instance)?.number ?? -1
        return makeHolding({ gpu, place }, id, requests.find(id), instance)
      })
      if (heldBy !== undefined) {
        found.push(makeHolding({ gpu, place: -1 }, heldBy, requests.find(heldBy), {}))
      }
      for (const holding of found) {
        gpu.held.push(holding)
        enter(holding)
      }
    },
    add: (holding) => {
      occupy(holding)
      enter(holding)
    },
    drop,
    release: (id) => {
      requireText(id, ['id'])
      const members = requests.membersOf(id) ?? [id]
      const released = members.map((member) => {
        const holding = byName.get(member)
        if (holding === undefined) throw invalid(['id'], `is ${id}, which holds nothing`)
        return holding
      })
      const placements = released.map(describeHolding)
      for (const holding of released) drop(holding)
      return placements
    },
  }
}
