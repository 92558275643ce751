import type { FleetInUse } from '../../../types/fleet/moves.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { batchEntries } from './gpu-batches.js'
import { type GroupedFleet, groupFleet } from './grouped-fleet.js'
import { withIdleSlots } from './idle-slots.js'
import { type GroupOptions, readInUse } from './read-in-use.js'

export interface ListedFleet {
  readonly grouped: GroupedFleet
  readonly entries: readonly FleetGpuEntry[]
  /** The GPUs of `entries` that have to be drained. */
  readonly drained: ReadonlySet<FleetGpu>
}

/**
 * Reads a fleet and groups its GPUs. Throws `MIG_FLEET_INVALID` for GPUs, requests and costs that make no
 * sense.
 */
export function groupSnapshot(given: FleetInUse, options: GroupOptions): ListedFleet {
  const read = readInUse(given, options)
  const { entries, requests, drained, kinds, eligible } = read
  const priced = new Set((options.costs?.requests ?? []).map(({ id }) => id))
  const isSpecial = (instance: FleetInstance): boolean =>
    kinds.isSpecial(instance) || (instance.id !== undefined && priced.has(instance.id))
  const asksGpus = [...requests, options.request].some((each) => each?.where !== undefined)
  const batches = batchEntries(entries, isSpecial, asksGpus || eligible !== null)
  return { grouped: withIdleSlots(groupFleet(batches, read)), entries, drained }
}
