import { type FleetPool, type FleetUnit, readInstance } from '../../online/fleet-state.js'
import type { UnitGroup } from '../../online/gpu-groups.js'
import type { GpuBatch, PlacedInstance } from '../gpu-batches.js'

/** Of GPUs with MIG on, those that are not `apart`: by group, and by layout those that are in none. */
export function batchPool(
  pool: FleetPool,
  groups: readonly UnitGroup[],
  apart: ReadonlySet<FleetUnit>,
): readonly GpuBatch[] {
  const { holds, units } = pool
  if (holds.kind === 'whole') return []
  const { groupOf } = pool.groups
  const { buckets } = holds
  const split = new Set([...apart].map((unit) => groupOf.get(unit)))
  const batches = groups.flatMap((group) => {
    const left = split.has(group) ? group.units.filter((unit) => !apart.has(unit)) : group.units
    return left.length === 0 ? [] : [batchUnits(left)]
  })
  // What is cordoned is in no bucket.
  const elsewhere = new Map<number, number>()
  const leaveOut = ({ number, cordoned }: FleetUnit): void => {
    const layout = buckets.layoutOf[number] ?? 0
    if (!cordoned) elsewhere.set(layout, (elsewhere.get(layout) ?? 0) + 1)
  }
  for (const unit of groupOf.keys()) leaveOut(unit)
  for (const unit of apart) if (unit.pool === pool && !groupOf.has(unit)) leaveOut(unit)
  for (let layout = buckets.nextLayout(0); layout >= 0; layout = buckets.nextLayout(layout + 1)) {
    const length = (buckets.gpuCounts[layout] ?? 0) - (elsewhere.get(layout) ?? 0)
    if (length === 0) continue
    const found: FleetUnit[] = []
    let number = buckets.firstGpu(layout, 0)
    const unitAt = (index: number): FleetUnit => {
      while (found.length <= index) {
        const unit = units[number] as FleetUnit
        number = buckets.firstGpu(layout, number + 1)
        if (!groupOf.has(unit) && !apart.has(unit)) found.push(unit)
      }
      return found[index] as FleetUnit
    }
    batches.push(toBatch(unitAt, length))
  }
  return batches
}

export function batchUnits(units: readonly FleetUnit[]): GpuBatch {
  return toBatch((index) => units[index] as FleetUnit, units.length)
}

function toBatch(unitAt: (index: number) => FleetUnit, length: number): GpuBatch {
  const { pool, order, node, cordoned, gpu, held } = unitAt(0)
  const { model } = pool
  const { nextOf } = model.tables.states
  let state = 0
  for (const { place } of held) state = nextOf(state)[place] ?? -1
  const isSame = (gpu.cordoned ?? false) === cordoned
  return {
    entry: { model, gpu: isSame ? gpu : { ...gpu, cordoned }, state, position: order, node },
    instances: listInstances(unitAt(0)),
    first: order,
    length,
    positionAt: (index) => unitAt(index).order,
    read: (index) => {
      const unit = unitAt(index)
      return { name: unit.name, node: unit.gpu.node ?? null, instances: listInstances(unit) }
    },
  }
}

function listInstances({ held, pool }: FleetUnit): readonly PlacedInstance[] {
  return held
    .flatMap((holding): PlacedInstance[] => {
      const place = pool.model.tables.places[holding.place]
      const instance = readInstance(holding)
      return place === undefined || instance === null ? [] : [{ place, instance }]
    })
    .sort((a, b) => a.place.number - b.place.number)
}
