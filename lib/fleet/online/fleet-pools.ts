import type { FleetGpu, FleetInstance } from '../../../types/fleet.js'
import { placeOf } from '../../solver/tables/geometry-tables.js'
import {
  type FleetGpuEntry,
  type FleetModel,
  type FleetModels,
  readGpus,
  wholeHeldState,
} from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { bestFitScore } from '../policy/policy-scores.js'
import { type Ranking, rankLayouts } from '../policy/ranking.js'
import { type BitSet, createBitSet } from './bit-set.js'
import { createGpuBuckets, type GpuBuckets } from './gpu-buckets.js'
import { type LayoutTable, layoutTableOf } from './layout-table.js'

/** GPUs that a request cannot tell apart but by filters: one geometry, model name and reservation. */
export interface FleetPool {
  readonly number: number
  readonly model: FleetModel
  readonly modelName: string | null
  readonly reservation: string | undefined
  /** The GPUs of it, in the order of the fleet. */
  readonly units: FleetUnit[]
  readonly holds: PoolRoom
}

export type PoolRoom =
  | {
      readonly kind: 'mig'
      readonly table: LayoutTable
      readonly buckets: GpuBuckets
      /** Instances there, by profile position. */
      readonly demand: number[]
    }
  /** MIG is off: those that nobody holds, as positions in `units`. */
  | { readonly kind: 'whole'; readonly free: BitSet }

/** One GPU. */
export interface FleetUnit {
  readonly name: string
  readonly gpu: FleetGpu
  readonly node: string | number
  readonly pool: FleetPool
  /** Position in `pool.units`. */
  readonly number: number
  readonly held: Holding[]
}

/** One instance, or a whole GPU. */
export interface Holding {
  /** Null: of nobody that the fleet knows by name. */
  readonly request: string | null
  unit: FleetUnit
  /** Number of the place; -1: the whole GPU. */
  place: number
  readonly pinned: boolean
  readonly labels: readonly string[]
}

export interface FleetGround {
  readonly models: FleetModels
  readonly pools: readonly FleetPool[]
  readonly units: readonly FleetUnit[]
  readonly unitByName: ReadonlyMap<string, FleetUnit>
}

interface PoolDraft {
  readonly entry: FleetGpuEntry
  readonly members: { readonly name: string; readonly entry: FleetGpuEntry }[]
}

/** Throws `MIG_FLEET_INVALID`. */
export function buildPools(models: FleetModels, gpus: readonly FleetGpu[]): FleetGround {
  const drafts = new Map<string, PoolDraft>()
  const names: string[] = []
  for (const entry of readGpus(models, gpus)) {
    const { gpu, model, count } = entry
    const mig = gpu.migEnabled ?? true
    const key = JSON.stringify([model.number, gpu.model ?? null, gpu.reservation ?? null, mig])
    let draft = drafts.get(key)
    if (draft === undefined) {
      draft = { entry, members: [] }
      drafts.set(key, draft)
    }
    for (let number = 0; number < count; number += 1) {
      const name = gpu.count === undefined ? gpu.id : `${gpu.id}/${number}`
      draft.members.push({ name, entry })
      names.push(name)
    }
  }
  const pools = [...drafts.values()].map((draft, number) => buildPool(draft, number))
  if (new Set(names).size !== names.length) {
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    throw invalid(['gpus'], `are called ${twice} twice, as entries with a count are numbered`)
  }
  const unitByName = new Map(pools.flatMap(({ units }) => units.map((unit) => [unit.name, unit])))
  const units = names.flatMap((name) => unitByName.get(name) ?? [])
  return { models, pools, units, unitByName }
}

function buildPool({ entry, members }: PoolDraft, number: number): FleetPool {
  const { model, gpu } = entry
  const units: FleetUnit[] = []
  const pool: FleetPool = {
    number,
    model,
    modelName: gpu.model ?? null,
    reservation: gpu.reservation,
    units,
    holds: (gpu.migEnabled ?? true) ? migRoom(model, members) : wholeRoom(members),
  }
  for (const [position, { name, entry: of }] of members.entries()) {
    const unit: FleetUnit = { name, gpu: of.gpu, node: of.node, pool, number: position, held: [] }
    units.push(unit)
    for (const { id, profileId, placement, pinned = false, labels = [] } of of.gpu.layout ?? []) {
      const place = placeOf(model.tables, { profileId, placement })?.number ?? -1
      unit.held.push({ request: id ?? null, unit, place, pinned, labels })
    }
    const { heldBy } = of.gpu
    if (heldBy !== undefined) {
      unit.held.push({ request: heldBy, unit, place: -1, pinned: false, labels: [] })
    }
  }
  return pool
}

const neutral = new WeakMap<LayoutTable, Ranking>()

function migRoom({ tables }: FleetModel, members: PoolDraft['members']): PoolRoom {
  const table = layoutTableOf(tables)
  const demand = tables.profiles.map(() => 0)
  const layouts = members.map(({ entry: { gpu } }) => {
    let layout = 0
    for (const instance of gpu.layout ?? []) {
      const place = placeOf(tables, instance)
      if (place === null) continue
      layout = table.next[layout * table.placeCount + place.number] ?? 0
      demand[place.profilePosition] = (demand[place.profilePosition] ?? 0) + 1
    }
    return layout
  })
  let ranking = neutral.get(table)
  if (ranking === undefined) {
    ranking = rankLayouts(table, bestFitScore(table))
    neutral.set(table, ranking)
  }
  return {
    kind: 'mig',
    table,
    buckets: createGpuBuckets(table, members.length, ranking, layouts),
    demand,
  }
}

function wholeRoom(members: PoolDraft['members']): PoolRoom {
  const free = createBitSet(members.length)
  for (const [number, { entry }] of members.entries()) {
    if (entry.state !== wholeHeldState) free.add(number)
  }
  return { kind: 'whole', free }
}

/** Puts an instance where there is room for it. */
export function hold(holding: Holding): void {
  const { unit, place } = holding
  unit.held.push(holding)
  changeRoom(unit, place, 1)
}

export function letGo(holding: Holding): void {
  const { unit, place } = holding
  unit.held.splice(unit.held.indexOf(holding), 1)
  changeRoom(unit, place, -1)
}

function changeRoom({ pool: { holds }, number }: FleetUnit, place: number, by: 1 | -1): void {
  if (holds.kind === 'whole') {
    if (by === 1) holds.free.remove(number)
    else holds.free.add(number)
    return
  }
  const { table, buckets, demand } = holds
  const { next, previous, placeCount, tables } = table
  const from = (buckets.layoutOf[number] ?? 0) * placeCount + place
  buckets.setLayout(number, (by === 1 ? next : previous)[from] ?? 0)
  const position = tables.places[place]?.profilePosition ?? 0
  demand[position] = (demand[position] ?? 0) + by
}

/** As data: the other way round of what `buildPools` reads. */
export function readInstance({
  request,
  unit,
  place,
  pinned,
  labels,
}: Holding): FleetInstance | null {
  const { tables } = unit.pool.model
  const at = tables.places[place]
  const profile = at === undefined ? undefined : tables.profiles[at.profilePosition]?.profile
  if (at === undefined || profile === undefined) return null
  return {
    profileId: profile.id,
    placement: at.placement,
    ...(request === null ? {} : { id: request }),
    ...(pinned ? { pinned } : {}),
    ...(labels.length === 0 ? {} : { labels }),
  }
}
