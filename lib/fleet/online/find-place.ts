import type { Placement } from '../../../types/model/geometry.js'
import { isSamePlace } from '../../model/placement.js'
import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'

/** Of these profiles, in their order, the first that can be there. Null: none can. */
export function findPlace(
  tables: Tables,
  positions: readonly number[],
  profileId: number | null | undefined,
  placement: Placement,
): CompiledPlacement | null {
  for (const position of positions) {
    const entry = tables.profiles[position]
    if (entry === undefined || (profileId ?? entry.profile.id) !== entry.profile.id) continue
    const place = entry.placements.find((each) => isSamePlace(each.placement, placement))
    if (place !== undefined) return place
  }
  return null
}
