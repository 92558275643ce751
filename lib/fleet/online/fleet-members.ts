import type { FleetGpu } from '../../../types/fleet/pack.js'
import type { Ranking } from '../layouts/ranking.js'
import { createFleetModels, type FleetGpuEntry, type FleetModel } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { gpuName } from '../model/member-name.js'
import type { FleetGround, FleetPool, FleetUnit } from './fleet-state.js'
import { createUnitGroups, forgetUnit, noteChange } from './gpu-groups.js'
import { emptyRoom, enterLayout, resizeRoom, showRoom } from './pool-capacity.js'

/** Fewer gaps than this are not worth closing. */
const mostGaps = 32

export function createGround(): FleetGround {
  return {
    models: createFleetModels(),
    pools: [],
    unitByName: new Map(),
    unitsByNode: new Map(),
    machineOf: new Map(),
    nextOrder: 0,
    modelsVersion: 0,
  }
}

export interface NamedEntry {
  readonly name: string
  readonly entry: FleetGpuEntry
}

/** Throws `MIG_FLEET_INVALID` where a name is there already. */
export function nameEntries(
  { unitByName }: FleetGround,
  entries: readonly FleetGpuEntry[],
): readonly NamedEntry[] {
  const named: NamedEntry[] = []
  for (const entry of entries) {
    const { gpu, count } = entry
    for (let number = 0; number < count; number += 1) {
      const name = gpuName(gpu, number)
      if (unitByName.has(name)) throw invalid(['gpus'], `has ${name}, which is there already`)
      named.push({ name, entry })
    }
  }
  return named
}

/** As the last of the fleet, each with nothing on it and not to be found before `openUnit`. */
export function addUnits(
  ground: FleetGround,
  named: readonly NamedEntry[],
  rankingOf: (model: FleetModel) => Ranking,
): readonly FleetUnit[] {
  const pools = new Map(ground.pools.map((pool) => [pool.key, pool]))
  const poolOf = new Map<FleetGpuEntry, FleetPool>()
  const coming = new Map<FleetPool, number>()
  for (const { entry } of named) {
    let pool = poolOf.get(entry)
    if (pool === undefined) {
      const key = poolKey(entry)
      pool = pools.get(key) ?? createPool(key, entry, rankingOf(entry.model))
      if (!pools.has(key)) ground.pools.push(pool)
      pools.set(key, pool)
      poolOf.set(entry, pool)
    }
    coming.set(pool, (coming.get(pool) ?? 0) + 1)
  }
  for (const [pool, count] of coming) {
    if (pool.units.length + count <= pool.capacity) continue
    // Twice the size each time, so that growing costs no more than what is added.
    const isFirst = pool.capacity === 0
    resizeRoom(pool, isFirst ? count : Math.max(2 * pool.gpuCount, pool.gpuCount + count))
  }
  return named.map(({ name, entry }) => {
    const pool = poolOf.get(entry) as FleetPool
    const unit: FleetUnit = {
      name,
      gpu: entry.gpu,
      node: machineOf(ground, entry.gpu),
      pool,
      order: ground.nextOrder++,
      number: pool.units.length,
      cordoned: true,
      held: [],
    }
    pool.units.push(unit)
    pool.gpuCount += 1
    pool.cordoned.add(unit)
    ground.unitByName.set(name, unit)
    const beside = ground.unitsByNode.get(unit.node)
    if (beside === undefined) ground.unitsByNode.set(unit.node, new Set([unit]))
    else beside.add(unit)
    return unit
  })
}

/** What it holds is on it now. */
export function openUnit(unit: FleetUnit): void {
  enterLayout(unit)
  noteChange(unit, null)
  setCordon(unit, unit.gpu.cordoned ?? false)
}

export function setCordon(unit: FleetUnit, cordoned: boolean): void {
  if (unit.cordoned === cordoned) return
  unit.cordoned = cordoned
  if (cordoned) unit.pool.cordoned.add(unit)
  else unit.pool.cordoned.delete(unit)
  showRoom(unit, !cordoned)
  noteChange(unit, null)
}

/** It holds nothing. */
export function removeUnit(ground: FleetGround, unit: FleetUnit): void {
  const { pool, name, node, number, gpu } = unit
  setCordon(unit, true)
  pool.cordoned.delete(unit)
  forgetUnit(unit)
  ground.unitByName.delete(name)
  const beside = ground.unitsByNode.get(node)
  beside?.delete(unit)
  if (beside?.size === 0) {
    ground.unitsByNode.delete(node)
    const entry = entryOf(gpu)
    if (entry !== null && gpu.node === undefined) ground.machineOf.delete(entry)
  }
  pool.units[number] = undefined
  pool.gpuCount -= 1
  if (number === pool.first) {
    while (pool.first < pool.units.length && pool.units[pool.first] === undefined) pool.first += 1
    tidyGround(ground)
  }
  const gaps = pool.units.length - pool.gpuCount
  if (gaps > mostGaps && gaps > pool.gpuCount) resizeRoom(pool, pool.gpuCount)
}

/** Pools in the order of their first GPUs, and models in that of pools: what a new fleet would have. */
export function tidyGround(ground: FleetGround): void {
  const { models, pools } = ground
  const firstOf = ({ units, first }: FleetPool): number => units[first]?.order ?? 0
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
  ground.modelsVersion += 1
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

/** `id` of the entry with a count that a GPU is of. */
export function entryOf({ entry, count, id }: FleetGpu): string | null {
  return entry ?? (count === undefined ? null : id)
}

function machineOf(ground: FleetGround, gpu: FleetGpu): string | number {
  if (gpu.node !== undefined) return gpu.node
  const entry = entryOf(gpu)
  if (entry === null) return ground.nextOrder
  const known = ground.machineOf.get(entry) ?? ground.nextOrder
  ground.machineOf.set(entry, known)
  return known
}

function poolKey({ gpu, model }: FleetGpuEntry): string {
  const mig = gpu.migEnabled ?? true
  return JSON.stringify([keyOf(model), gpu.model ?? null, gpu.reservation ?? null, mig])
}

const keys = new WeakMap<FleetModel['tables'], number>()
let lastKey = 0

/** Of a geometry, for as long as the process runs: its number in the fleet may change. */
function keyOf({ tables }: FleetModel): number {
  let key = keys.get(tables)
  if (key === undefined) {
    key = ++lastKey
    keys.set(tables, key)
  }
  return key
}

function createPool(key: string, { gpu, model }: FleetGpuEntry, ranking: Ranking): FleetPool {
  return {
    key,
    model,
    modelName: gpu.model ?? null,
    reservation: gpu.reservation,
    units: [],
    capacity: 0,
    first: 0,
    gpuCount: 0,
    cordoned: new Set(),
    holds: emptyRoom(model, !(gpu.migEnabled ?? true), ranking),
    groups: createUnitGroups(),
  }
}
