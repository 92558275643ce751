import type { FleetPlace, FleetRefusal } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { listServing } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { type ChosenPlace, mayEnterPool } from './best-place.js'
import { findPlace } from './find-place.js'
import type { FleetGround } from './fleet-state.js'
import type { PlacedRules } from './placed-rules.js'
import { isFree } from './pool-capacity.js'

const path = ['at']

/** Where `at` says. Throws `MIG_FLEET_INVALID` where no such place could ever serve the request. */
export function findNamedPlace(
  { unitByName, models }: FleetGround,
  request: FleetRequest,
  { gpu, profileId, placement }: FleetPlace,
): Omit<ChosenPlace, 'position'> {
  if ((request.count ?? 1) !== 1) throw invalid(path, 'is one place, but count is not 1')
  const unit = unitByName.get(gpu)
  if (unit === undefined) throw invalid([...path, 'gpu'], `is ${gpu}, which is no GPU of the fleet`)
  const { tables, number } = unit.pool.model
  const isWhole = unit.pool.holds.kind === 'whole'
  const asksWhole = request.wholeGpu === true
  const isOfKind =
    asksWhole === isWhole && (!isWhole || ((placement ?? null) === null && profileId == null))
  if (!isOfKind) {
    throw invalid(path, isWhole ? `is a part of ${gpu}, where MIG is off` : 'is no whole GPU')
  }
  if (isWhole) return { unit, place: -1 }
  const serving = listServing(models, request, ['request'])[number] ?? []
  const place = placement == null ? null : findPlace(tables, serving, profileId, placement)
  if (place === null) throw invalid(path, `is no place on ${gpu} of a profile that serves`)
  return { unit, place: place.number }
}

/** Null: nothing does. */
export function findHindrance(
  rules: PlacedRules,
  request: FleetRequest,
  { unit, place }: Omit<ChosenPlace, 'position'>,
): FleetRefusal['reason'] | null {
  const filter = rules.filterOf(request)
  if (!mayEnterPool(unit.pool, request) || (filter !== null && !filter(unit))) return 'constraints'
  if (unit.cordoned) return 'cordoned'
  return isFree(unit, place) ? null : 'taken'
}
