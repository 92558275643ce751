import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { FleetModel } from '../model/fleet-model.js'
import { leastOf, listFacets, type OpenDemand, priceOf } from '../program/facets.js'
import { mayEnterPool } from './best-place.js'
import type { FleetPool } from './fleet-state.js'
import type { Options } from './request-options.js'

/** What is on the GPUs of a model, as moves may change it. */
interface HeldOnModel {
  readonly gpuCount: number
  /** By profile position: what stays on this model as what it is. */
  readonly fixed: readonly number[]
  /** What stays on this model, perhaps as another profile. */
  readonly open: readonly OpenDemand[]
}

/**
 * How many more of a request, up to `wanted`, no bound rules out on the GPUs that are `able`, wherever what
 * is there moves. What is on a cordoned GPU needs no room elsewhere.
 */
export function mostAfterMoves(
  able: readonly FleetPool[],
  pools: readonly FleetPool[],
  options: Options,
  wanted: number,
  optionsOf: (asked: FleetRequest) => Options,
): number {
  let most = 0
  for (const model of new Set(able.map((pool) => pool.model))) {
    const positions = options[model.number] ?? []
    if (positions.length === 0) continue
    const held = readHeld(model, pools, optionsOf)
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
  optionsOf: (asked: FleetRequest) => Options,
): HeldOnModel {
  const fixed = model.tables.profiles.map(() => 0)
  const open = new Map<string, OpenDemand>()
  let gpuCount = 0
  for (const { holds, model: of, gpuCount: all, cordoned } of pools) {
    if (of !== model || holds.kind === 'whole') continue
    gpuCount += all - cordoned.size
    add(fixed, holds.demand.counts, 1)
    for (const { asked, counts } of holds.demand.wishes.values()) {
      const options = optionsOf(asked)
      add(fixed, counts, -1)
      if (mayLeave(model, pools, asked, options)) continue
      for (const [position, count] of counts.entries()) {
        // It may stay where it is, even where its request would not let it in.
        const positions = [...new Set([position, ...(options[model.number] ?? [])])]
        const key = positions.toSorted((a, b) => a - b).join()
        open.set(key, { positions, count: count + (open.get(key)?.count ?? 0) })
      }
    }
  }
  return { gpuCount, fixed, open: [...open.values()].filter(({ count }) => count > 0) }
}

/** Whether GPUs of another model let it in. */
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

/** No packing of these uses fewer. */
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
