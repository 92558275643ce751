import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
import { createBitSet } from '../layouts/bit-set.js'
import { createGpuBuckets } from '../layouts/gpu-buckets.js'
import { layoutTableOf } from '../layouts/layout-table.js'
import type { Ranking } from '../layouts/ranking.js'
import type { FleetModel } from '../model/fleet-model.js'
import type { FleetPool, Holding, OnlineGpu, PoolCapacity, PoolDemand } from './fleet-state.js'
import { createIdleInstances } from './idle-instances.js'

export function createCapacity(
  model: FleetModel,
  isWhole: boolean,
  ranking: Ranking,
): PoolCapacity {
  if (isWhole) return { kind: 'whole', free: createBitSet(0) }
  const table = layoutTableOf(model.tables)
  const demand: PoolDemand = { counts: model.tables.profiles.map(() => 0), wishes: new Map() }
  return { kind: 'mig', table, buckets: createGpuBuckets(table, 0, ranking), demand }
}

/** Gives the pool this size, and closes the gaps that GPUs have left. */
export function resizePool(pool: FleetPool, size: number): void {
  const { capacity } = pool
  const kept = pool.gpus.filter((gpu) => gpu !== undefined)
  if (capacity.kind === 'whole') {
    const free = createBitSet(size)
    for (const [number, { number: before }] of kept.entries()) {
      if (capacity.free.has(before)) free.add(number)
    }
    pool.capacity = { kind: 'whole', free }
  } else {
    const { buckets, table, demand } = capacity
    const layouts = new Int32Array(size)
    for (const [number, gpu] of kept.entries()) {
      layouts[number] = buckets.layoutOf[gpu.number] ?? 0
    }
    const isOpen = (number: number): boolean => kept[number]?.cordoned === false
    const resized = createGpuBuckets(table, size, buckets.ranking(), { layouts, isOpen })
    pool.capacity = { kind: 'mig', table, buckets: resized, demand }
  }
  for (const [number, gpu] of kept.entries()) gpu.number = number
  pool.gpus = kept
  pool.idle = createIdleInstances(size)
  for (const { number, cordoned, held } of kept) {
    if (cordoned) continue
    for (const { idle, place } of held) if (idle) pool.idle.change(place, number, 1)
  }
  pool.size = size
  pool.first = 0
}

/** Notes the layout of a new GPU, which no search finds before it is shown. */
export function enterLayout({ pool: { capacity }, number, held }: OnlineGpu): void {
  if (capacity.kind === 'whole') return
  const { table, buckets } = capacity
  let layout = 0
  for (const { place } of held) layout = table.next[layout * table.placeCount + place] ?? 0
  buckets.layoutOf[number] = layout
}

/** From now on searches find the GPU. */
export function showGpu({ pool, number, held }: OnlineGpu): void {
  const { capacity } = pool
  if (capacity.kind === 'whole') {
    if (held.length === 0) capacity.free.add(number)
    return
  }
  capacity.buckets.open(number)
  for (const holding of held) changeHeld(pool, capacity, holding, 1)
}

/** From now on no search finds the GPU. */
export function hideGpu({ pool, number, held }: OnlineGpu): void {
  const { capacity } = pool
  if (capacity.kind === 'whole') {
    capacity.free.remove(number)
    return
  }
  capacity.buckets.close(number)
  for (const holding of held) changeHeld(pool, capacity, holding, -1)
}

/** `by`: 1 where the holding comes, -1 where it leaves. */
export function changeCapacity(holding: Holding, by: 1 | -1): void {
  const { gpu, place } = holding
  const { pool, number, cordoned } = gpu
  const { capacity } = pool
  if (capacity.kind === 'whole') {
    if (by === 1) capacity.free.remove(number)
    else if (!cordoned) capacity.free.add(number)
    return
  }
  const { table, buckets } = capacity
  const { next, previous, placeCount } = table
  const from = (buckets.layoutOf[number] ?? 0) * placeCount + place
  const layout = (by === 1 ? next : previous)[from] ?? 0
  if (cordoned) {
    buckets.layoutOf[number] = layout
    return
  }
  buckets.setLayout(number, layout)
  changeHeld(pool, capacity, holding, by)
}

function changeHeld(
  { idle }: FleetPool,
  { demand, table }: Extract<PoolCapacity, { readonly kind: 'mig' }>,
  holding: Holding,
  by: 1 | -1,
): void {
  if (holding.idle) idle.change(holding.place, holding.gpu.number, by)
  else changeDemand(demand, table.tables, holding, by)
}

/** Whether the place is free, cordoned or not. */
export function isFree({ pool: { capacity }, number, held }: OnlineGpu, place: number): boolean {
  if (capacity.kind === 'whole') return held.length === 0
  const { next, placeCount } = capacity.table
  return (next[(capacity.buckets.layoutOf[number] ?? 0) * placeCount + place] ?? -1) >= 0
}

function changeDemand(
  { counts, wishes }: PoolDemand,
  tables: Tables,
  { place, asked, pinned }: Holding,
  by: 1 | -1,
): void {
  const position = tables.places[place]?.profilePosition ?? 0
  counts[position] = (counts[position] ?? 0) + by
  if (asked === null || pinned) return
  const key = wishOf(asked)
  const wish = cached(wishes, key, () => ({ asked, counts: counts.map(() => 0), total: 0 }))
  wish.counts[position] = (wish.counts[position] ?? 0) + by
  wish.total += by
  if (wish.total === 0) wishes.delete(key)
}

const knownWishes = new WeakMap<FleetRequest, string>()

/** What a bound considers of a request. Its other filters only rule out more. */
function wishOf(asked: FleetRequest): string {
  return cached(knownWishes, asked, ({ profile, need, reservation, where }) =>
    JSON.stringify([profile, need, reservation, where?.models]),
  )
}
