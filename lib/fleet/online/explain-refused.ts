import type { FleetRefusal } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { numberAt } from '../../model/numbers.js'
import { findBestPlace, mayEnterPool } from './best-place.js'
import type { FleetPool, Holding } from './fleet-state.js'
import { mostAfterMoves, mostNow } from './most-fitting.js'
import type { Placing } from './place-best.js'
import type { Options } from './request-options.js'
import type { GpuFilter } from './scored-place.js'

type Reason = Pick<FleetRefusal, 'reason' | 'proven'>

interface RefusalRules {
  /** The condition of the request. Null: any GPU will do. */
  readonly filter: GpuFilter | null
  /** Options of the requests that hold something. */
  readonly heldOptionsOf: (asked: FleetRequest) => Options
  readonly mayShift: (holding: Holding) => boolean
}

/** Why there is no place. The number of GPUs in each layout decides, and the prices of a bound. */
export function explainRefused(
  pools: readonly FleetPool[],
  { request, options, clearIdle }: Pick<Placing, 'request' | 'options' | 'clearIdle'>,
  { filter, heldOptionsOf, mayShift }: RefusalRules,
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
  const mayFit = (): boolean =>
    isWhole
      ? count <= mostNow(able, options, request)
      : count <= mostAfterMoves(able, pools, { options, wanted: count, heldOptionsOf })
  // Where a count does not fit as a whole, its filters are not the reason.
  if (count > 1 && !mayFit()) return { reason: 'no-room', proven: true }
  if (!clearIdle && count === 1 && able.some(({ idle }) => idle.count > 0)) {
    const cleared = { filter, clearIdle: true, lasting: null }
    if (findBestPlace(pools, options, request, cleared) !== null)
      return { reason: 'idle', proven: true }
  }
  if (
    filter !== null &&
    findBestPlace(pools, options, request, { filter: null, clearIdle, lasting: null }) !== null
  ) {
    // For a larger count this is known only of the first.
    return { reason: 'constraints', proven: count === 1 }
  }
  if (isWhole) return { reason: 'no-room', proven: true }
  const mayRepair = (holding: Holding): boolean => {
    const { asked, place, gpu } = holding
    const { number, tables } = gpu.pool.model
    const position = tables.places[place]?.profilePosition ?? -1
    const serves = asked === null || heldOptionsOf(asked)[number]?.includes(position) === true
    return serves && mayShift(holding)
  }
  if (
    filter === null &&
    count === 1 &&
    able.some((pool) => fitsAfterRepair(pool, options[pool.model.number] ?? [], mayRepair))
  ) {
    return { reason: 'moves', proven: true }
  }
  return mayFit() ? { reason: 'moves', proven: false } : { reason: 'no-room', proven: true }
}

/** Whether, on one GPU where all instances may shift, one more fits in another layout. */
function fitsAfterRepair(
  { capacity, gpus, model }: FleetPool,
  options: readonly number[],
  mayShift: (holding: Holding) => boolean,
): boolean {
  if (capacity.kind === 'whole') return false
  const { table, buckets } = capacity
  const { partitions } = table
  const withOneMore = model.tables.residuals?.partitions.withOneMore
  const length = model.tables.profiles.length
  for (let layout = buckets.nextLayout(0); layout >= 0; layout = buckets.nextLayout(layout + 1)) {
    const base = numberAt(partitions, layout) * length
    let fits = false
    for (const position of options) fits ||= (withOneMore?.[base + position] ?? -1) >= 0
    if (!fits) continue
    let number = buckets.firstGpu(layout, 0)
    for (; number >= 0; number = buckets.firstGpu(layout, number + 1)) {
      if (gpus[number]?.held.every(mayShift) === true) return true
    }
  }
  return false
}
