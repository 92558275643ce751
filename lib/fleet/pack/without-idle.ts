import { placeOf } from '../../solver/tables/tables.js'
import { mayClear } from '../model/idle-instance.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

/** The GPU as if its idle instances had been cleared. It is in use as before. */
export function withoutIdle(entry: FleetGpuEntry): FleetGpuEntry {
  const { gpu, model } = entry
  const { layout = [] } = gpu
  if (!layout.some(mayClear)) return entry
  const left = layout.filter((instance) => !mayClear(instance))
  const { states } = model.tables
  const state = left.reduce(
    (at, instance) => states.nextOf(at)[placeOf(model.tables, instance)?.number ?? -1] ?? -1,
    0,
  )
  const idle = layout.filter(mayClear).flatMap((each) => placeOf(model.tables, each) ?? [])
  return { ...entry, gpu: { ...gpu, layout: left }, state, idle }
}
