import type { FleetFragmentation, ModelFragmentation } from '../../../types/fleet/online.js'
import { groupBy } from '../../model/group-by.js'
import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import type { FleetPool } from './fleet-state.js'
import { fewestGpus } from './most-fitting.js'

export function measureFragmentation(pools: readonly FleetPool[]): FleetFragmentation {
  const groups = groupBy(
    pools.filter(({ capacity }) => capacity.kind === 'mig'),
    ({ model, modelName }) => JSON.stringify([model.number, modelName]),
  )
  return { models: [...groups.values()].flatMap((group) => measureModel(group)) }
}

function measureModel(pools: readonly FleetPool[]): readonly ModelFragmentation[] {
  const [first] = pools
  if (first?.capacity.kind !== 'mig') return []
  const { table } = first.capacity
  const { tables, states } = table
  const stranded = strandedByLayout(table)
  const length = tables.profiles.length
  const fitting = tables.profiles.map(() => 0)
  const demand = tables.profiles.map(() => 0)
  let gpusInUse = 0
  let cordonedGpus = 0
  const idleCount = pools.reduce((sum, { idle }) => sum + idle.count, 0)
  let freeUnits = 0
  let strandedUnits = 0
  for (const { capacity, cordoned } of pools) {
    if (capacity.kind !== 'mig') continue
    cordonedGpus += cordoned.size
    for (const { held } of cordoned) {
      if (held.length > 0) gpusInUse += 1
      for (const { place, idle } of held) {
        if (idle) continue
        const position = tables.places[place]?.profilePosition ?? 0
        demand[position] = (demand[position] ?? 0) + 1
      }
    }
    const { gpuCounts, nextLayout } = capacity.buckets
    for (const [position, count] of capacity.demand.counts.entries())
      demand[position] = (demand[position] ?? 0) + count
    for (let layout = nextLayout(0); layout >= 0; layout = nextLayout(layout + 1)) {
      const gpus = numberAt(gpuCounts, layout)
      if (layout !== 0) gpusInUse += gpus
      freeUnits += gpus * numberAt(table.freeUnits, layout)
      strandedUnits += gpus * numberAt(stranded, layout)
      const base = (tables.residuals?.classOf[numberAt(states, layout)] ?? 0) * length
      for (let position = 0; position < length; position += 1) {
        const more = tables.residuals?.additional[base + position] ?? 0
        fitting[position] = (fitting[position] ?? 0) + gpus * more
      }
    }
  }
  return [
    {
      model: first.modelName,
      gpuCount: pools.reduce((sum, { gpuCount }) => sum + gpuCount, 0),
      cordonedGpus,
      gpusInUse,
      ...(idleCount > 0 && { idle: idleCount }),
      fewestGpus: fewestGpus(first.model, demand),
      freeUnits,
      strandedUnits,
      profiles: tables.profiles.map(({ position, profile, unitCount }) => {
        const room = fitting[position] ?? 0
        const unusableShare = freeUnits === 0 ? 0 : 1 - (room * unitCount) / freeUnits
        return { profileId: profile.id, name: profile.name, room, unusableShare }
      }),
    },
  ]
}

/** By layout: free memory units outside of every place that something could still take. */
function strandedByLayout({ tables, count, placeCount, next, freeUnits }: LayoutTable): Int32Array {
  const stranded = new Int32Array(count)
  for (let layout = 0; layout < count; layout += 1) {
    const covered = new Set<number>()
    for (const { number, placement } of tables.places) {
      if (numberAt(next, layout * placeCount + number) < 0) continue
      for (let unit = 0; unit < placement.size; unit += 1) covered.add(placement.start + unit)
    }
    stranded[layout] = numberAt(freeUnits, layout) - covered.size
  }
  return stranded
}
