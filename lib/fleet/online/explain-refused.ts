import type { FleetRefusal } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { at } from '../layouts/bit-set.js'
import { choosePlace, mayEnterPool, type UnitFilter } from './best-place.js'
import type { FleetPool, Holding } from './fleet-state.js'
import { mostAfterMoves } from './most-fitting.js'
import { mostRoom } from './most-room.js'
import type { Options } from './request-options.js'

type Reason = Pick<FleetRefusal, 'reason' | 'proven'>

/** Why there is no place, told by what GPUs are there in each layout and by the prices of a bound. */
export function explainRefused(
  pools: readonly FleetPool[],
  options: Options,
  request: FleetRequest,
  filter: UnitFilter | null,
  /** The same as `options` for the requests that hold something. */
  optionsOf: (asked: FleetRequest) => Options,
  mayShift: (holding: Holding) => boolean,
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
      : count <= mostAfterMoves(able, pools, options, count, optionsOf)
  // Of more than one, filters say nothing as long as all of them together have no room.
  if (count > 1 && !hasRoomFor()) return { reason: 'no-room', proven: true }
  if (filter !== null && choosePlace(pools, options, request, null) !== null) {
    // Of more than one, it is known of the first only.
    return { reason: 'constraints', proven: count === 1 }
  }
  if (isWhole) return { reason: 'no-room', proven: true }
  const mayRepair = (holding: Holding): boolean => {
    const { asked, place, unit } = holding
    const { number, tables } = unit.pool.model
    const position = tables.places[place]?.profilePosition ?? -1
    const serves = asked === null || optionsOf(asked)[number]?.includes(position) === true
    return serves && mayShift(holding)
  }
  if (
    filter === null &&
    count === 1 &&
    able.some((pool) => fitsAfterRepair(pool, options[pool.model.number] ?? [], mayRepair))
  ) {
    return { reason: 'moves', proven: true }
  }
  return hasRoomFor() ? { reason: 'moves', proven: false } : { reason: 'no-room', proven: true }
}

/** Whether on one GPU, where all may shift, the same instances and one more have room in another layout. */
function fitsAfterRepair(
  { holds, units, model }: FleetPool,
  options: readonly number[],
  mayShift: (holding: Holding) => boolean,
): boolean {
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
      if (units[number]?.held.every(mayShift) === true) return true
    }
  }
  return false
}
