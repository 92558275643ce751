import type { FleetRequest } from '../../../types/fleet/pack.js'
import { numberAt } from '../../model/numbers.js'
import type { FleetModel } from '../model/fleet-model.js'
import { leastOf, listFacets, type OpenDemand, priceOf } from '../program/facets.js'
import { mayEnterPool } from './best-place.js'
import type { FleetPool } from './fleet-state.js'
import type { Options } from './request-options.js'

/** No more of a request than this fit now, whatever its filters say: the free units of layouts limit it. */
export function mostNow(
  pools: readonly FleetPool[],
  options: readonly (readonly number[])[],
  request: FleetRequest,
  clearIdle = false,
): number {
  let most = 0
  for (const pool of pools) {
    const { capacity, model, gpuCount } = pool
    const [first, ...others] = options[model.number] ?? []
    if (first === undefined || !mayEnterPool(pool, request)) continue
    if (capacity.kind === 'whole') {
      most += gpuCount
      continue
    }
    const { table, buckets } = capacity
    const { profiles, memoryUnits } = model.tables
    most += pool.idle.count * (clearIdle ? memoryUnits : 1)
    const unitsOf = (position: number): number => profiles[position]?.unitCount ?? 1
    const units = others.reduce((least, each) => Math.min(least, unitsOf(each)), unitsOf(first))
    for (let layout = buckets.nextLayout(0); layout >= 0; layout = buckets.nextLayout(layout + 1)) {
      const each = Math.floor(numberAt(table.freeUnits, layout) / units)
      most += numberAt(buckets.gpuCounts, layout) * each
    }
  }
  return most
}

/** These GPUs never hold more instances than this. */
export function mostInstances(pools: readonly FleetPool[]): number {
  return pools.reduce((sum, { gpuCount, model }) => sum + gpuCount * model.tables.memoryUnits, 0)
}

/** Instances on the GPUs of a model, as moves may change them. */
interface HeldOnModel {
  readonly gpuCount: number
  /** By profile position: instances that stay on this model with their profile. */
  readonly fixed: readonly number[]
  /** Instances that stay on this model, perhaps with another profile. */
  readonly open: readonly OpenDemand[]
}

interface WantedMore {
  readonly options: Options
  readonly wanted: number
  /** Options of the requests that hold something. */
  readonly heldOptionsOf: (asked: FleetRequest) => Options
}

/**
 * No more of a request than this, up to `wanted`, fit on the GPUs of `able`, whatever moves there are.
 * Instances on cordoned GPUs may stay, so they take nothing from the others.
 */
export function mostAfterMoves(
  able: readonly FleetPool[],
  pools: readonly FleetPool[],
  { options, wanted, heldOptionsOf }: WantedMore,
): number {
  let most = 0
  for (const model of new Set(able.map((pool) => pool.model))) {
    const positions = options[model.number] ?? []
    if (positions.length === 0) continue
    const held = readHeld(model, pools, heldOptionsOf)
    for (const position of positions) most += mostBeside(model, held, position, wanted)
  }
  return most
}

function mostBeside(
  model: FleetModel,
  { gpuCount, fixed, open }: HeldOnModel,
  position: number,
  wanted: number,
): number {
  let most = 0
  const mostThere = gpuCount * model.tables.memoryUnits
  for (let above = Math.min(wanted, mostThere) + 1; above - most > 1; ) {
    const tried = Math.floor((most + above) / 2)
    const demand = fixed.map((count, index) => count + (index === position ? tried : 0))
    if (fewestGpus(model, demand, open) <= gpuCount) most = tried
    else above = tried
  }
  return most
}

function readHeld(
  model: FleetModel,
  pools: readonly FleetPool[],
  heldOptionsOf: WantedMore['heldOptionsOf'],
): HeldOnModel {
  const fixed = model.tables.profiles.map(() => 0)
  const open = new Map<string, OpenDemand>()
  let gpuCount = 0
  for (const { capacity, model: of, gpuCount: all, cordoned } of pools) {
    if (of !== model || capacity.kind === 'whole') continue
    gpuCount += all - cordoned.size
    add(fixed, capacity.demand.counts, 1)
    for (const { asked, counts } of capacity.demand.wishes.values()) {
      const options = heldOptionsOf(asked)
      add(fixed, counts, -1)
      if (mayLeave(model, pools, asked, options)) continue
      for (const [position, count] of counts.entries()) {
        // It may stay where it is, even if its request would no longer accept the profile.
        const positions = [...new Set([position, ...(options[model.number] ?? [])])]
        const key = positions.toSorted((a, b) => a - b).join()
        open.set(key, { positions, count: count + (open.get(key)?.count ?? 0) })
      }
    }
  }
  return { gpuCount, fixed, open: [...open.values()].filter(({ count }) => count > 0) }
}

/** Whether the request accepts GPUs of another model. */
function mayLeave(
  model: FleetModel,
  pools: readonly FleetPool[],
  asked: FleetRequest,
  options: Options,
): boolean {
  return pools.some(
    (pool) =>
      pool.model !== model &&
      (options[pool.model.number] ?? []).length > 0 &&
      pool.gpuCount > pool.cordoned.size &&
      mayEnterPool(pool, asked),
  )
}

function add(sums: number[], counts: readonly number[], by: 1 | -1): void {
  for (const [position, count] of counts.entries()) {
    sums[position] = (sums[position] ?? 0) + by * count
  }
}

/** No packing of these instances uses fewer GPUs. */
export function fewestGpus(
  { tables }: FleetModel,
  demand: readonly number[],
  open: readonly OpenDemand[] = [],
): number {
  const { profiles, memoryUnits } = tables
  const facets = listFacets(
    tables,
    profiles.map(({ position }) => position),
  )
  if (facets !== null) return priceOf(facets, demand, open)
  const sizes = profiles.map(({ unitCount }) => unitCount)
  let units = 0
  for (const [position, size] of sizes.entries()) units += size * (demand[position] ?? 0)
  for (const { positions, count } of open) units += count * leastOf(positions, sizes)
  return Math.ceil(units / memoryUnits)
}
