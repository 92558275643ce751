import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { layoutTableOf } from '../layouts/layout-table.js'
import { unranked } from '../layouts/ranking.js'
import { requireList } from '../model/check-form.js'
import { requireDistinctNames } from '../model/distinct-ids.js'
import { invalid } from '../model/invalid.js'
import { limitNamedGpus, mostNamedGpus } from '../model/limits.js'
import { gpuName } from '../model/member-name.js'
import { createGpuReader, type FleetGpuEntry } from '../model/read-gpus.js'
import type { FleetInside } from './fleet-inside.js'
import { addGpu, forgetLayout, openGpu } from './fleet-members.js'
import { createPoolFinder, orderPools } from './fleet-pools.js'
import type { FleetRankings } from './fleet-rankings.js'
import type { FleetState } from './fleet-state.js'
import { resizePool } from './pool-capacity.js'

const path = ['gpus']

/**
 * Enters the GPUs of a new fleet with what they hold, one by one: a copy of all entries at once takes most of the time and of
 * the memory that a million GPUs need. No search finds the GPUs before `openGpus`. Returns the requests that it has announced.
 * Throws `MIG_FLEET_INVALID`, and then the fleet is of no more use.
 */
export function restoreGpus(
  { state, holdings, requests }: Pick<FleetInside, 'state' | 'holdings' | 'requests'>,
  gpus: readonly FleetGpu[],
  asked: readonly FleetRequest[],
): readonly FleetRequest[] {
  const known = requests.read(asked)
  requests.expect(known)
  requireList(gpus, path)
  const { length } = gpus
  const read = createGpuReader(state.models, path)
  const poolOf = createPoolFinder(state, ({ tables }) => unranked(layoutTableOf(tables)))
  const isGroup = (id: string | undefined): boolean => id !== undefined && requests.isGroup(id)
  const given: FleetGpu[] = []
  let total = 0
  for (let position = 0; position < length; position += 1) {
    const entry = read(gpus[position] as FleetGpu, position)
    given.push(entry.gpu)
    total += entry.count
    if (total <= mostNamedGpus) enter(entry)
  }
  if (!areDistinct(state, given)) requireDistinctNames(given, path)
  limitNamedGpus([{ count: total }])
  for (const { tables } of state.models.list) layoutTableOf(tables)
  keepUsedModels(state)
  return known

  function enter(entry: FleetGpuEntry): void {
    const { gpu, count, position } = entry
    const { layout = [], heldBy } = gpu
    for (let number = 0; number < count; number += 1) {
      const name = gpuName(gpu, number)
      const added = addGpu(state, poolOf(entry), name, gpu)
      if (state.gpuByName.size() < state.nextOrder) {
        requireDistinctNames(given, path)
        throw invalid(path, `has ${name}, which is already in the fleet`)
      }
      const wrong = isGroup(heldBy) ? heldBy : layout.find(({ id }) => isGroup(id))?.id
      if (wrong !== undefined)
        throw invalid(path, `has ${name}, held by ${wrong}, which already holds something else`)
      const repeated = holdings.adopt(added)
      if (repeated !== null)
        throw invalid(
          [...path, position],
          `is held by ${repeated}, which holds something else, too`,
        )
    }
    forgetLayout(gpu)
  }
}

/** GPUs have names of their own by now. Left are ids of entries with a count: they name no GPU. */
function areDistinct({ gpuByName }: FleetState, given: readonly FleetGpu[]): boolean {
  const ids = new Set<string>()
  return given.every(({ id, count }) => {
    if (count === undefined) return true
    if (ids.has(id) || gpuByName.get(id)?.given.id === id) return false
    ids.add(id)
    return true
  })
}

/** An entry with a count of 0 may have brought a model that no GPU has. */
function keepUsedModels({ models: { list }, pools }: FleetState): void {
  const used = new Set(pools.map(({ model }) => model))
  list.splice(0, list.length, ...list.filter((model) => used.has(model)))
}

/** Opens all GPUs of a new fleet to searches. */
export function openGpus(state: FleetState, rankings: FleetRankings): void {
  for (const pool of state.pools) {
    if (pool.capacity.kind === 'mig') pool.capacity.buckets.rankBy(rankings.of(pool.model))
    resizePool(pool, pool.gpus.length)
  }
  for (const gpu of state.gpuByName.values()) openGpu(gpu)
  state.modelsVersion += 1
  orderPools(state)
}
