import type { FleetGpu } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { entryOf } from './fleet-members.js'
import { type FleetGround, type FleetUnit, readInstance } from './fleet-state.js'
import { listHeld } from './holdings.js'

/** Each GPU on its own, with what it holds, in the order of the fleet. */
export function describeUnits({ unitByName }: FleetGround): readonly FleetGpu[] {
  const plain = new Map<object, Geometry>()
  return Array.from(unitByName.values(), (unit) => describeUnit(unit, plain))
}

function describeUnit(unit: FleetUnit, plain: Map<object, Geometry>): FleetGpu {
  const { name, gpu, held, pool, cordoned } = unit
  const { count: _count, layout: _layout, heldBy: _heldBy, cordoned: _cordoned, ...rest } = gpu
  const entry = entryOf(gpu)
  const described: FleetGpu = {
    ...rest,
    id: name,
    ...(entry === null ? {} : { entry }),
    ...(gpu.geometry === undefined ? {} : { geometry: plainGeometry(unit, plain) }),
    ...(cordoned ? { cordoned } : {}),
  }
  if (pool.holds.kind === 'whole') {
    const holder = held[0]?.request
    return holder === undefined || holder === null ? described : { ...described, heldBy: holder }
  }
  if (held.length === 0) return described
  const layout = listHeld(unit).flatMap((holding) => readInstance(holding) ?? [])
  return { ...described, layout }
}

/** Tables of a geometry are no plain data. */
function plainGeometry({ gpu, pool }: FleetUnit, plain: Map<object, Geometry>): Geometry {
  const { geometry } = gpu
  const { tables } = pool.model
  const first = geometry?.profiles[0]
  if (geometry !== undefined && (first === undefined || !('profile' in first))) {
    return geometry as Geometry
  }
  const known = plain.get(tables) ?? { profiles: tables.profiles.map(({ profile }) => profile) }
  plain.set(tables, known)
  return known
}
