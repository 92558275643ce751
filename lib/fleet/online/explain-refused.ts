import type { FleetRequest } from '../../../types/fleet.js'
import type { FleetRefusal } from '../../../types/fleet-online.js'
import type { FleetModel } from '../model/fleet-model.js'
import { listFacets, priceOf } from '../program/facets.js'
import { at } from './bit-set.js'
import { choosePlace, mayEnterPool, type UnitFilter } from './choose-place.js'
import type { FleetPool } from './fleet-pools.js'
import { mostRoom } from './most-room.js'

type Reason = Pick<FleetRefusal, 'reason' | 'proven'>

/** Why there is no place, told by what GPUs are there in each layout and by the prices of a bound. */
export function explainRefused(
  pools: readonly FleetPool[],
  options: readonly (readonly number[])[],
  request: FleetRequest,
  filter: UnitFilter | null,
): Reason {
  const able = pools.filter(
    (pool) => mayEnterPool(pool, request) && (options[pool.model.number] ?? []).length > 0,
  )
  if (able.length === 0) return { reason: 'never', proven: true }
  if (able.every(({ gpuCount, cordoned }) => gpuCount === cordoned.size)) {
    return { reason: 'cordoned', proven: true }
  }
  const { count = 1 } = request
  const isWhole = request.wholeGpu === true
  const hasRoomFor = (): boolean =>
    isWhole
      ? count <= mostRoom(able, options, request)
      : count <= mostMore(able, pools, options, count)
  // Of more than one, filters say nothing as long as all of them together have no room.
  if (count > 1 && !hasRoomFor()) return { reason: 'no-room', proven: true }
  if (filter !== null && choosePlace(pools, options, request, null) !== null) {
    // Of more than one, it is known of the first only.
    return { reason: 'constraints', proven: count === 1 }
  }
  if (isWhole) return { reason: 'no-room', proven: true }
  if (count === 1 && able.some((pool) => fitsAfterRepair(pool, options[pool.model.number] ?? []))) {
    return { reason: 'moves', proven: filter === null }
  }
  return hasRoomFor() ? { reason: 'moves', proven: false } : { reason: 'no-room', proven: true }
}

/** The same as `mostWithin`, on all that are able to. */
function mostMore(
  able: readonly FleetPool[],
  pools: readonly FleetPool[],
  options: readonly (readonly number[])[],
  wanted: number,
): number {
  let most = 0
  for (const model of new Set(able.map((pool) => pool.model))) {
    for (const position of options[model.number] ?? []) {
      most += mostWithin(model, pools, position, wanted)
    }
  }
  return most
}

/** Whether on one GPU, with nothing pinned, the same instances and one more have room in another layout. */
function fitsAfterRepair({ holds, units, model }: FleetPool, options: readonly number[]): boolean {
  if (holds.kind === 'whole') return false
  const { table, buckets } = holds
  const { partitions } = table
  const withOneMore = model.tables.residuals?.partitions.withOneMore
  const length = model.tables.profiles.length
  for (let layout = buckets.nextLayout(0); layout >= 0; layout = buckets.nextLayout(layout + 1)) {
    const base = at(partitions, layout) * length
    let fits = false
    for (const position of options) fits ||= (withOneMore?.[base + position] ?? -1) >= 0
    if (!fits) continue
    let number = buckets.firstGpu(layout, 0)
    for (; number >= 0; number = buckets.firstGpu(layout, number + 1)) {
      if (units[number]?.held.every(({ pinned }) => !pinned) === true) return true
    }
  }
  return false
}

/**
 * How many more, up to `wanted`, no bound rules out beside the instances that are there, on all GPUs of
 * the model: what moves may leave a reservation. What is on a cordoned GPU needs no room elsewhere.
 */
function mostWithin(
  model: FleetModel,
  pools: readonly FleetPool[],
  position: number,
  wanted: number,
): number {
  const held = model.tables.profiles.map(() => 0)
  let gpuCount = 0
  for (const { holds, model: of, gpuCount: all, cordoned } of pools) {
    if (of !== model || holds.kind === 'whole') continue
    gpuCount += all - cordoned.size
    for (const [index, count] of holds.demand.entries()) held[index] = (held[index] ?? 0) + count
  }
  let most = 0
  const mostThere = gpuCount * model.tables.memoryUnits
  for (let above = Math.min(wanted, mostThere) + 1; above - most > 1; ) {
    const tried = Math.floor((most + above) / 2)
    const demand = held.map((count, index) => count + (index === position ? tried : 0))
    if (fewestGpus(model, demand) <= gpuCount) most = tried
    else above = tried
  }
  return most
}

/** No packing of these uses fewer. */
export function fewestGpus({ tables }: FleetPool['model'], demand: readonly number[]): number {
  const positions = tables.profiles.map(({ position }) => position)
  const facets = listFacets(tables, positions)
  if (facets !== null) return priceOf(facets, demand)
  let units = 0
  for (const { position, unitCount } of tables.profiles)
    units += unitCount * (demand[position] ?? 0)
  return Math.ceil(units / tables.memoryUnits)
}
