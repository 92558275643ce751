import type { FleetGpu } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { Ranking } from '../layouts/ranking.js'
import type { FleetModel } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { gpuName } from '../model/member-name.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { createPoolFinder, orderPools } from './fleet-pools.js'
import type { FleetPool, FleetState, OnlineGpu } from './fleet-state.js'
import { forgetGpu, noteChange, noteNew } from './gpu-groups.js'
import { enterLayout, hideGpu, resizePool, showGpu } from './pool-capacity.js'

/** Fewer gaps than this are not worth closing. */
const mostGaps = 32

export interface NamedEntry {
  readonly name: string
  readonly entry: FleetGpuEntry
}

/** Throws `MIG_FLEET_INVALID` for a name that the fleet has already. */
export function nameEntries(
  { gpuByName }: FleetState,
  entries: readonly FleetGpuEntry[],
): readonly NamedEntry[] {
  const named: NamedEntry[] = []
  for (const entry of entries) {
    const { gpu, count } = entry
    for (let number = 0; number < count; number += 1) {
      const name = gpuName(gpu, number)
      if (gpuByName.get(name) !== undefined)
        throw invalid(['gpus'], `has ${name}, which is already in the fleet`)
      named.push({ name, entry })
    }
  }
  return named
}

/** Adds GPUs at the end of the fleet. They hold nothing, and no search finds them before `openGpu`. */
export function appendGpus(
  state: FleetState,
  named: readonly NamedEntry[],
  rankingOf: (model: FleetModel) => Ranking,
): readonly OnlineGpu[] {
  const poolOf = createPoolFinder(state, rankingOf)
  const coming = new Map<FleetPool, number>()
  for (const { entry } of named) {
    const pool = poolOf(entry)
    coming.set(pool, (coming.get(pool) ?? 0) + 1)
  }
  for (const [pool, count] of coming) {
    if (pool.gpus.length + count <= pool.size) continue
    // Doubling keeps the cost of growth in proportion to the number of GPUs that come.
    const isFirst = pool.size === 0
    resizePool(pool, isFirst ? count : Math.max(2 * pool.gpuCount, pool.gpuCount + count))
  }
  return named.map(({ name, entry }) => addGpu(state, poolOf(entry), name, entry.gpu))
}

const nothing: FleetGpu['layout'] = []

/** `held` has the instances from now on, and the copy of an entry would only fill memory. */
export function forgetLayout(given: FleetGpu): void {
  if (given.layout !== undefined) (given as { layout: FleetGpu['layout'] }).layout = nothing
}

/** Adds a GPU that holds nothing, and that no search finds. */
export function addGpu(
  state: FleetState,
  pool: FleetPool,
  name: string,
  given: FleetGpu,
): OnlineGpu {
  const gpu: OnlineGpu = {
    name,
    given,
    node: nodeOf(state, given),
    pool,
    order: state.nextOrder++,
    number: pool.gpus.length,
    cordoned: true,
    held: [],
  }
  pool.gpus.push(gpu)
  pool.gpuCount += 1
  state.gpuByName.set(gpu)
  cached(state.gpusByNode, gpu.node, () => new Set()).add(gpu)
  return gpu
}

/** Opens the GPU to searches, once it has what it holds. */
export function openGpu(gpu: OnlineGpu): void {
  const { pool, given } = gpu
  enterLayout(gpu)
  gpu.cordoned = given.cordoned === true && given.planned !== true
  if (gpu.cordoned) pool.cordoned.add(gpu)
  else showGpu(gpu)
  noteNew(gpu)
}

export function setCordon(gpu: OnlineGpu, cordoned: boolean): void {
  if (gpu.cordoned === cordoned) return
  gpu.cordoned = cordoned
  if (cordoned) {
    gpu.pool.cordoned.add(gpu)
    hideGpu(gpu)
  } else {
    gpu.pool.cordoned.delete(gpu)
    showGpu(gpu)
  }
  noteChange(gpu, null)
}

/** Removes a GPU that holds nothing. */
export function dropGpu(state: FleetState, gpu: OnlineGpu): void {
  const { pool, name, node, number, given } = gpu
  setCordon(gpu, true)
  pool.cordoned.delete(gpu)
  forgetGpu(gpu)
  state.gpuByName.delete(name)
  const beside = state.gpusByNode.get(node)
  beside?.delete(gpu)
  if (beside?.size === 0) {
    state.gpusByNode.delete(node)
    const entry = entryOf(given)
    if (entry !== null && given.node === undefined) state.nodeByEntry.delete(entry)
  }
  pool.gpus[number] = undefined
  pool.gpuCount -= 1
  if (number === pool.first) {
    while (pool.first < pool.gpus.length && pool.gpus[pool.first] === undefined) pool.first += 1
    orderPools(state)
  }
  const gaps = pool.gpus.length - pool.gpuCount
  if (gaps > mostGaps && gaps > pool.gpuCount) resizePool(pool, pool.gpuCount)
}

/** The `id` of the entry with a count that a GPU belongs to. */
export function entryOf({ entry, count, id }: FleetGpu): string | null {
  return entry ?? (count === undefined ? null : id)
}

/** GPUs of one entry without a node share one; any other GPU without a node has its own. */
function nodeOf({ nextOrder, nodeByEntry }: FleetState, gpu: FleetGpu): string | number {
  if (gpu.node !== undefined) return gpu.node
  const entry = entryOf(gpu)
  return entry === null ? nextOrder : cached(nodeByEntry, entry, () => nextOrder)
}
