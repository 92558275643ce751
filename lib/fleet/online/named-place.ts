import type { FleetPlace, FleetRefusal } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { Placement } from '../../../types/model/geometry.js'
import { isSamePlace } from '../../model/placement.js'
import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'
import { invalid } from '../model/invalid.js'
import { listServing } from '../model/serving-profiles.js'
import { mayEnterPool } from './best-place.js'
import type { FleetState, Holding } from './fleet-state.js'
import { findClearing, findIdleAt } from './idle-instances.js'
import type { PlacedRules } from './placed-rules.js'
import { isFree } from './pool-capacity.js'
import { type BestPlace, nothingGone } from './scored-place.js'

const path = ['at']

export type NamedPlace = Pick<Holding, 'gpu' | 'place'>

/** The place that `at` names. Throws `MIG_FLEET_INVALID` where no such place could ever serve the request. */
export function findNamedPlace(
  { gpuByName, models }: FleetState,
  request: FleetRequest,
  { gpu: name, profileId, placement }: FleetPlace,
): NamedPlace {
  if ((request.count ?? 1) !== 1) throw invalid(path, 'is one place, but count is not 1')
  const gpu = gpuByName.get(name)
  if (gpu === undefined) throw invalid([...path, 'gpu'], `is ${name}, which is no GPU of the fleet`)
  const { tables, number } = gpu.pool.model
  const isWhole = gpu.pool.capacity.kind === 'whole'
  const asksWhole = request.wholeGpu === true
  const isOfKind =
    asksWhole === isWhole && (!isWhole || ((placement ?? null) === null && profileId == null))
  if (!isOfKind) {
    throw invalid(path, isWhole ? `is a part of ${name}, where MIG is off` : 'is not a whole GPU')
  }
  if (isWhole) return { gpu, place: -1 }
  const serving = listServing(models, request, ['request'])[number] ?? []
  const place = placement == null ? null : findServingPlace(tables, serving, profileId, placement)
  if (place === null)
    throw invalid(path, `is no place on ${name} of a profile that serves the request`)
  return { gpu, place: place.number }
}

/** The first of these profiles, in their order, that can have this placement. Null: none can. */
export function findServingPlace(
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

/**
 * The place with the idle instances that leave for it: the one that is there exactly, or those that are in the way and may
 * be cleared. Null: it is taken.
 */
export function findThere(
  { gpu, place }: NamedPlace,
  clearIdle: boolean,
): Pick<BestPlace, 'gpu' | 'place' | 'rank' | 'gone'> | null {
  if (isFree(gpu, place)) return { gpu, place, rank: 1, gone: nothingGone }
  const idle = findIdleAt(gpu, place)
  if (idle !== null) return { gpu, place, rank: 0, gone: [idle] }
  const gone = clearIdle ? findClearing(gpu, place) : null
  return gone === null ? null : { gpu, place, rank: 1 + gone.length, gone }
}

/** What keeps the request from the GPU. Null: nothing does. */
export function findObstacle(
  rules: PlacedRules,
  request: FleetRequest,
  { gpu }: NamedPlace,
): FleetRefusal['reason'] | null {
  const filter = rules.filterOf(request)
  if (!mayEnterPool(gpu.pool, request) || (filter !== null && !filter(gpu))) return 'constraints'
  return gpu.cordoned ? 'cordoned' : null
}
