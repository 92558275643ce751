import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import type { FleetModel, FleetModels } from '../model/fleet-model.js'
import { noteChange, type UnitGroups } from './gpu-groups.js'
import { changeRoom, type PoolRoom } from './pool-capacity.js'

/** GPUs that a request cannot tell apart but by filters: one geometry, model name and reservation. */
export interface FleetPool {
  readonly key: string
  model: FleetModel
  readonly modelName: string | null
  readonly reservation: string | undefined
  /** The GPUs of it, in the order of the fleet; with gaps where some have left. */
  units: (FleetUnit | undefined)[]
  /** How many units `holds` has room for. */
  capacity: number
  /** Position of the first unit. */
  first: number
  /** Without the gaps. */
  gpuCount: number
  readonly cordoned: Set<FleetUnit>
  holds: PoolRoom
  readonly groups: UnitGroups
}

/** One GPU. */
export interface FleetUnit {
  readonly name: string
  readonly gpu: FleetGpu
  readonly node: string | number
  readonly pool: FleetPool
  /** Ascends in the order of the fleet. */
  readonly order: number
  /** Position in `pool.units`. */
  number: number
  cordoned: boolean
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
  /** What it asked for; null: no more than its profile, as far as the fleet knows. */
  readonly asked: FleetRequest | null
}

export interface FleetGround {
  readonly models: FleetModels
  /** In the order of their first GPUs. */
  readonly pools: FleetPool[]
  /** In the order of the fleet. */
  readonly unitByName: Map<string, FleetUnit>
  readonly unitsByNode: Map<string | number, Set<FleetUnit>>
  /** Of GPUs without a node, by the entry with a count that they are of. */
  readonly machineOf: Map<string, number>
  nextOrder: number
  /** Another one whenever `models.list` is another. */
  modelsVersion: number
}

/** Puts an instance where there is room for it. */
export function hold(holding: Holding): void {
  const { unit } = holding
  unit.held.push(holding)
  changeRoom(holding, 1)
  noteChange(unit, holding)
}

export function letGo(holding: Holding): void {
  const { unit } = holding
  unit.held.splice(unit.held.indexOf(holding), 1)
  changeRoom(holding, -1)
  noteChange(unit, holding)
}

/** As data: the other way round of what `addUnits` reads. */
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
