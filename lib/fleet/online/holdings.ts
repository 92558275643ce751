import type { FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import { placeOf } from '../../solver/tables/tables.js'
import { requireText } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { type FleetUnit, type Holding, hold, letGo } from './fleet-state.js'
import type { HeldRequests } from './held-requests.js'
import type { PlacedRules } from './placed-rules.js'

/** What is there, by name. */
export interface Holdings {
  readonly count: () => number
  readonly has: (id: string) => boolean
  readonly get: (id: string) => Holding | undefined
  /** Of those with a name. */
  readonly all: () => Iterable<Holding>
  /** What is on GPUs that come, before they can be found. */
  readonly adopt: (unit: FleetUnit) => void
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
    letGo(holding)
  }

  return {
    count: () => byName.size,
    has: (id) => byName.has(id) || requests.owns(id),
    get: (id) => byName.get(id),
    all: () => byName.values(),
    adopt: (unit) => {
      const { heldBy, layout = [] } = unit.gpu
      const found = layout.map(({ id, profileId, placement, pinned = false, labels }): Holding => {
        const place = placeOf(unit.pool.model.tables, { profileId, placement })?.number ?? -1
        return makeHolding(unit, place, id ?? null, requests.find(id), labels, pinned)
      })
      if (heldBy !== undefined) found.push(makeHolding(unit, -1, heldBy, requests.find(heldBy)))
      for (const holding of found) {
        unit.held.push(holding)
        enter(holding)
      }
    },
    add: (holding) => {
      hold(holding)
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

export function makeHolding(
  unit: FleetUnit,
  place: number,
  request: string | null,
  asked: FleetRequest | null,
  labels: readonly string[] = [],
  pinned = false,
): Holding {
  const all = asked?.labels === undefined ? labels : [...new Set([...labels, ...asked.labels])]
  return { request, unit, place, pinned, labels: all, asked }
}

/** By place: in an order that does not depend on what came first. */
export function listHeld({ held }: FleetUnit): readonly Holding[] {
  return held.toSorted((a, b) => a.place - b.place)
}

export function describeHolding({ request, unit, place }: Holding): FleetPlacement {
  const { tables } = unit.pool.model
  const at = tables.places[place]
  const profile = at === undefined ? undefined : tables.profiles[at.profilePosition]
  return {
    request,
    entry: 0,
    gpu: unit.name,
    profileId: profile?.profile.id ?? null,
    placement: at?.placement ?? null,
  }
}
