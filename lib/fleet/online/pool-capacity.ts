import { type BitSet, createBitSet } from '../layouts/bit-set.js'
import { createGpuBuckets, type GpuBuckets } from '../layouts/gpu-buckets.js'
import { type LayoutTable, layoutTableOf } from '../layouts/layout-table.js'
import type { Ranking } from '../layouts/ranking.js'
import type { FleetModel } from '../model/fleet-model.js'
import type { FleetPool, FleetUnit, Holding } from './fleet-state.js'
import { changeDemand, emptyDemand, type PoolDemand } from './pool-demand.js'

/** What GPUs that are not cordoned have left. */
export type PoolRoom =
  | {
      readonly kind: 'mig'
      readonly table: LayoutTable
      readonly buckets: GpuBuckets
      /** Instances there. */
      readonly demand: PoolDemand
    }
  /** MIG is off: those that nobody holds, as positions in `units`. */
  | { readonly kind: 'whole'; readonly free: BitSet }

export function emptyRoom(model: FleetModel, isWhole: boolean, ranking: Ranking): PoolRoom {
  if (isWhole) return { kind: 'whole', free: createBitSet(0) }
  const table = layoutTableOf(model.tables)
  const demand = emptyDemand(model.tables)
  return { kind: 'mig', table, buckets: createGpuBuckets(table, 0, ranking), demand }
}

/** Room for so many units, without the gaps that others have left. */
export function resizeRoom(pool: FleetPool, capacity: number): void {
  const { holds } = pool
  const kept = pool.units.flatMap((unit) => unit ?? [])
  if (holds.kind === 'whole') {
    const free = createBitSet(capacity)
    for (const [number, { number: before }] of kept.entries()) {
      if (holds.free.has(before)) free.add(number)
    }
    pool.holds = { kind: 'whole', free }
  } else {
    const { buckets, table, demand } = holds
    const layouts = new Int32Array(capacity)
    for (const [number, unit] of kept.entries()) {
      layouts[number] = buckets.layoutOf[unit.number] ?? 0
    }
    const isOpen = (number: number): boolean => kept[number]?.cordoned === false
    const resized = createGpuBuckets(table, capacity, buckets.ranking(), layouts, isOpen)
    pool.holds = { kind: 'mig', table, buckets: resized, demand }
  }
  for (const [number, unit] of kept.entries()) unit.number = number
  pool.units = kept
  pool.capacity = capacity
  pool.first = 0
}

/** The unit is there, with what its layout says, but cannot be found yet. */
export function enterLayout({ pool: { holds }, number, held }: FleetUnit): void {
  if (holds.kind === 'whole') return
  const { table, buckets } = holds
  let layout = 0
  for (const { place } of held) layout = table.next[layout * table.placeCount + place] ?? 0
  buckets.layoutOf[number] = layout
}

/** From now on it takes something, or no more. */
export function showRoom(unit: FleetUnit, isShown: boolean): void {
  const { pool, number, held } = unit
  const { holds } = pool
  if (holds.kind === 'whole') {
    if (!isShown) holds.free.remove(number)
    else if (held.length === 0) holds.free.add(number)
    return
  }
  if (isShown) holds.buckets.open(number)
  else holds.buckets.close(number)
  const { demand, table } = holds
  for (const holding of held) changeDemand(demand, table.tables, holding, isShown ? 1 : -1)
}

export function changeRoom(holding: Holding, by: 1 | -1): void {
  const { unit, place } = holding
  const { pool, number, cordoned } = unit
  const { holds } = pool
  if (holds.kind === 'whole') {
    if (by === 1) holds.free.remove(number)
    else if (!cordoned) holds.free.add(number)
    return
  }
  const { table, buckets, demand } = holds
  const { next, previous, placeCount } = table
  const from = (buckets.layoutOf[number] ?? 0) * placeCount + place
  const layout = (by === 1 ? next : previous)[from] ?? 0
  if (cordoned) {
    buckets.layoutOf[number] = layout
    return
  }
  buckets.setLayout(number, layout)
  changeDemand(demand, table.tables, holding, by)
}

/** Whether the place is free, cordoned or not. */
export function isFree({ pool: { holds }, number, held }: FleetUnit, place: number): boolean {
  if (holds.kind === 'whole') return held.length === 0
  const { next, placeCount } = holds.table
  return (next[(holds.buckets.layoutOf[number] ?? 0) * placeCount + place] ?? -1) >= 0
}
