import type { FleetInUse, FleetMoveCosts } from '../../../types/fleet/moves.js'
import type { FleetGpuChoice } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { requireList, requireObject } from '../model/check-form.js'
import { createFleetModels } from '../model/fleet-model.js'
import { readRequests } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { limitNamedGpus } from '../model/limits.js'
import { type FleetGpuEntry, readGpus } from '../model/read-gpus.js'
import { cordonChosen } from './cordon-chosen.js'
import { findEligible } from './eligible-gpus.js'
import { batchEntries } from './gpu-batches.js'
import { type GroupedFleet, groupFleet } from './grouped-fleet.js'
import { compileMoveCosts } from './move-costs.js'
import { createMoveKinds } from './move-kinds.js'
import { indexRequests } from './requests-by-id.js'

export interface GroupOptions {
  readonly pinned?: readonly string[] | undefined
  readonly costs?: FleetMoveCosts | undefined
  readonly costsPath: string
  readonly request: FleetRequest | null
  /** GPUs that everything has to leave and nothing may enter. */
  readonly drain?: FleetGpuChoice
}

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
export function groupSnapshot(
  given: FleetInUse,
  { pinned, costs, costsPath, request, drain }: GroupOptions,
): ListedFleet {
  requireObject(given, ['fleet'])
  const models = createFleetModels()
  const { gpus, requests: asked = [] } = given
  const read = readGpus(models, gpus)
  limitNamedGpus(read)
  const { entries, chosen: drained } =
    drain === undefined ? { entries: read, chosen: new Set<FleetGpu>() } : cordonChosen(read, drain)
  const requests = readRequests(asked)
  const kinds = createMoveKinds(models, {
    requests,
    requestOf: indexRequests(requests),
    pinned: requirePinned(read, pinned),
    asked: request,
  })
  const costOf = compileMoveCosts(costs, costsPath)
  const eligible = request === null ? null : findEligible(requests, entries, request)
  const wanted = request === null ? -1 : kinds.requestKind(request, eligible !== null)

  const priced = new Set((costs?.requests ?? []).map(({ id }) => id))
  const isSpecial = (instance: FleetInstance): boolean =>
    kinds.isSpecial(instance) || (instance.id !== undefined && priced.has(instance.id))
  const asksGpus = [...requests, request].some((each) => each?.where !== undefined)
  const batches = batchEntries(entries, isSpecial, asksGpus || eligible !== null)
  return {
    grouped: groupFleet(batches, { kinds, costOf, costsPath, eligible, wanted, drained }),
    entries,
    drained,
  }
}

/** Throws `MIG_FLEET_INVALID` for an id that holds no instance. */
function requirePinned(
  entries: readonly FleetGpuEntry[],
  pinned: readonly string[] = [],
): ReadonlySet<string> {
  requireList(pinned, ['pinned'])
  const ids = new Set(pinned)
  if (ids.size === 0) return ids
  const there = new Set(
    entries.flatMap(({ gpu: { layout = [] } }) => layout.map((each) => each.id)),
  )
  for (const [index, id] of pinned.entries()) {
    if (!there.has(id)) throw invalid(['pinned', index], `is ${id}, which holds no instance`)
  }
  return ids
}
