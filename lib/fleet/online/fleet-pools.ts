import { cached } from '../../model/cached.js'
import type { Ranking } from '../layouts/ranking.js'
import { createFleetModels, type FleetModel } from '../model/fleet-model.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { createChangeLog } from './change-log.js'
import type { FleetPool, FleetState } from './fleet-state.js'
import { createGpuGroups } from './gpu-groups.js'
import { createIdleInstances } from './idle-instances.js'
import { createNameIndex } from './name-index.js'
import { createCapacity } from './pool-capacity.js'

export function createState(): FleetState {
  return {
    models: createFleetModels(),
    pools: [],
    gpuByName: createNameIndex(({ name }) => name),
    gpusByNode: new Map(),
    nodeByEntry: new Map(),
    log: createChangeLog(),
    planned: new Map(),
    closed: new Map(),
    nextOrder: 0,
    modelsVersion: 0,
  }
}

/** Finds the pool of each entry, and makes the ones that are missing. */
export function createPoolFinder(
  { pools, log }: FleetState,
  rankingOf: (model: FleetModel) => Ranking,
): (entry: FleetGpuEntry) => FleetPool {
  const byKey = new Map(pools.map((pool) => [pool.key, pool]))
  const known = new Map<FleetModel, KnownPool[]>()
  const createPool = (key: string, { gpu, model }: FleetGpuEntry): FleetPool => {
    const isWhole = !(gpu.migEnabled ?? true)
    const pool: FleetPool = {
      key,
      model,
      modelName: gpu.model ?? null,
      reservation: gpu.reservation,
      gpus: [],
      size: 0,
      first: 0,
      gpuCount: 0,
      cordoned: new Set(),
      capacity: createCapacity(model, isWhole, rankingOf(model)),
      idle: createIdleInstances(0),
      groups: createGpuGroups(),
      log,
    }
    pools.push(pool)
    return pool
  }
  return (entry) => {
    const { model, gpu } = entry
    const { model: name, reservation, migEnabled = true } = gpu
    // Entries are many and pools are few, so a key is written only for a pool.
    const ofModel = cached(known, model, (): KnownPool[] => [])
    for (const each of ofModel) {
      if (each.name !== name || each.reservation !== reservation) continue
      if (each.migEnabled === migEnabled) return each.pool
    }
    const pool = cached(byKey, keyOf(entry), (key) => createPool(key, entry))
    ofModel.push({ name, reservation, migEnabled, pool })
    return pool
  }
}

interface KnownPool {
  readonly name: string | undefined
  readonly reservation: string | undefined
  readonly migEnabled: boolean
  readonly pool: FleetPool
}

function keyOf({ gpu, model }: FleetGpuEntry): string {
  const mig = gpu.migEnabled ?? true
  return JSON.stringify([numberOf(model), gpu.model ?? null, gpu.reservation ?? null, mig])
}

const numbers = new WeakMap<FleetModel['tables'], number>()
let lastNumber = 0

/** Names a geometry for as long as the process runs, because its number in the fleet may change. */
function numberOf({ tables }: FleetModel): number {
  return cached(numbers, tables, () => ++lastNumber)
}

/** Sorts pools by their first GPUs, and models by pools: the order that a new fleet would have. */
export function orderPools(state: FleetState): void {
  const { models, pools } = state
  const firstOf = ({ gpus, first }: FleetPool): number => gpus[first]?.order ?? 0
  const left = pools.filter(({ gpuCount }) => gpuCount > 0)
  pools.splice(0, pools.length, ...left.sort((a, b) => firstOf(a) - firstOf(b)))
  const inUse = [...new Set(pools.map(({ model }) => model.tables))]
  const isSame =
    inUse.length === models.list.length &&
    inUse.every((tables, number) => {
      const model = models.list[number]
      return model?.tables === tables && model.number === number
    })
  if (isSame) return
  state.modelsVersion += 1
  models.list.splice(
    0,
    models.list.length,
    ...inUse.map((tables, number): FleetModel => ({ number, tables })),
  )
  models.byTables.clear()
  for (const model of models.list) models.byTables.set(model.tables, model)
  models.byName.clear()
  for (const pool of pools) pool.model = models.byTables.get(pool.model.tables) as FleetModel
}
