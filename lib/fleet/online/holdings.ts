import type { FleetPlacement, FleetRequest } from '../../../types/fleet.js'
import { invalid } from '../model/invalid.js'
import { type FleetGround, type Holding, hold, letGo } from './fleet-pools.js'
import type { PlacedRules } from './unit-filter.js'

/** What is there, by name. */
export interface Holdings {
  readonly count: () => number
  readonly has: (id: string) => boolean
  readonly get: (id: string) => Holding | undefined
  readonly add: (holding: Holding, request: FleetRequest) => void
  /** Names of the members of a request with `count`. */
  readonly addGroup: (id: string, members: readonly string[]) => void
  readonly drop: (id: string) => void
  readonly release: (id: string) => readonly FleetPlacement[]
}

export function createHoldings({ units }: FleetGround, rules: PlacedRules): Holdings {
  const byName = new Map<string, Holding>()
  const groups = new Map<string, Set<string>>()
  const groupOf = new Map<string, string>()
  for (const { held } of units) {
    for (const holding of held) {
      if (holding.request !== null) byName.set(holding.request, holding)
      rules.add(holding, null)
    }
  }

  const drop = (id: string): void => {
    const holding = byName.get(id)
    if (holding === undefined) return
    byName.delete(id)
    rules.remove(holding)
    letGo(holding)
    const group = groupOf.get(id)
    if (group === undefined) return
    groupOf.delete(id)
    const members = groups.get(group)
    members?.delete(id)
    if (members?.size === 0) groups.delete(group)
  }

  return {
    count: () => byName.size,
    has: (id) => byName.has(id) || groups.has(id),
    get: (id) => byName.get(id),
    add: (holding, request) => {
      if (holding.request !== null) byName.set(holding.request, holding)
      hold(holding)
      rules.add(holding, request)
    },
    addGroup: (id, members) => {
      groups.set(id, new Set(members))
      for (const member of members) groupOf.set(member, id)
    },
    drop,
    release: (id) => {
      const members = [...(groups.get(id) ?? [id])]
      const released = members.map((member) => {
        const holding = byName.get(member)
        if (holding === undefined) throw invalid(['id'], `is ${id}, which holds nothing`)
        return describeHolding(holding)
      })
      for (const member of members) drop(member)
      return released
    },
  }
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
