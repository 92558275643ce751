import type { FleetPlacePrices } from '../../../../types/fleet/certificates.js'
import type { AccessGroup } from '../access-groups.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import type { CompactPrices } from './compact-bound.js'
import type { CompactProgram } from './compact-program.js'

/** Prices of a program in the terms of the fleet. `names` has one GPU of each access group. */
export function describePrices(
  names: ReadonlyMap<AccessGroup, string>,
  program: CompactProgram,
  prices: CompactPrices | null,
  of: 'aim' | 'cost',
): FleetPlacePrices | null {
  if (prices === null) return null
  const { ofDestination, ofAim, denominator } = prices
  return {
    prices: listPlacePrices(names, program, ofDestination),
    weights: of === 'aim' ? { first: denominator, cost: 0 } : { first: ofAim, cost: denominator },
  }
}

/** Prices by destination, in the terms of the fleet. */
export function listPlacePrices(
  names: ReadonlyMap<AccessGroup, string>,
  { destinations }: CompactProgram,
  ofDestination: readonly number[],
): FleetPlacePrices['prices'] {
  return destinations.flatMap(({ number, accessGroup, position }) => {
    const profile = accessGroup.model.tables.profiles[position]?.profile
    const like = names.get(accessGroup)
    const price = ofDestination[number] ?? 0
    if (price === 0 || profile === undefined || like === undefined) return []
    return [{ like, profileId: profile.id, price }]
  })
}

/** One GPU of each access group: the first one of its first layout. */
export function nameAccessGroups({ layoutGroups }: GroupedFleet): ReadonlyMap<AccessGroup, string> {
  const names = new Map<AccessGroup, string>()
  for (const { classGroup, members } of layoutGroups) {
    const { accessGroup } = classGroup
    if (accessGroup.slot !== undefined) continue
    const name = names.has(accessGroup) ? undefined : members.at(0)?.name
    if (name !== undefined) names.set(accessGroup, name)
  }
  return names
}
