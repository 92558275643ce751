import type { FleetRequest } from '../../../types/fleet/pack.js'
import { at } from '../layouts/bit-set.js'
import { mayEnterPool } from './best-place.js'
import type { FleetPool } from './fleet-state.js'

/** No more of a request than this find room now, whatever its filters say: by the free units of layouts. */
export function mostRoom(
  pools: readonly FleetPool[],
  options: readonly (readonly number[])[],
  request: FleetRequest,
): number {
  let most = 0
  for (const pool of pools) {
    const { holds, model, gpuCount } = pool
    const [first, ...others] = options[model.number] ?? []
    if (first === undefined || !mayEnterPool(pool, request)) continue
    if (holds.kind === 'whole') {
      most += gpuCount
      continue
    }
    const { table, buckets } = holds
    const { profiles } = model.tables
    const unitsOf = (position: number): number => profiles[position]?.unitCount ?? 1
    const units = others.reduce((least, each) => Math.min(least, unitsOf(each)), unitsOf(first))
    for (let layout = buckets.nextLayout(0); layout >= 0; layout = buckets.nextLayout(layout + 1)) {
      const each = Math.floor(at(table.freeUnits, layout) / units)
      most += at(buckets.gpuCounts, layout) * each
    }
  }
  return most
}

/** No more instances than this are on these GPUs at any time. */
export function mostInstances(pools: readonly FleetPool[]): number {
  return pools.reduce((sum, { gpuCount, model }) => sum + gpuCount * model.tables.memoryUnits, 0)
}
