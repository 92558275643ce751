import type { FleetGpu } from '../../../types/fleet.js'
import { type FleetGround, type FleetUnit, readInstance } from './fleet-pools.js'

/** Each GPU on its own, with what it holds, in the order of the fleet. */
export function describeUnits({ units }: FleetGround): readonly FleetGpu[] {
  return units.map((unit) => describeUnit(unit))
}

function describeUnit({ name, gpu, held, pool }: FleetUnit): FleetGpu {
  const { count: _count, layout: _layout, heldBy: _heldBy, ...rest } = gpu
  if (pool.holds.kind === 'whole') {
    const holder = held[0]?.request
    return holder === undefined || holder === null
      ? { ...rest, id: name }
      : { ...rest, id: name, heldBy: holder }
  }
  if (held.length === 0) return { ...rest, id: name }
  const layout = held
    .toSorted((a, b) => a.place - b.place)
    .flatMap((holding) => readInstance(holding) ?? [])
  return { ...rest, id: name, layout }
}
