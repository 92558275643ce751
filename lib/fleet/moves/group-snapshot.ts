import type { FleetInUse, FleetMoveCosts } from '../../../types/fleet/moves.js'
import type { FleetGpuChoice } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { requireObject } from '../model/check-form.js'
import { createFleetModels, type FleetGpuEntry, readGpus } from '../model/fleet-model.js'
import { readRequests } from '../model/fleet-request.js'
import { limitNamedGpus } from '../model/limits.js'
import { cordonChosen } from './cordon-chosen.js'
import { batchEntries } from './gpu-batches.js'
import { buildView, type MoveView } from './grouped-fleet.js'
import { compileMoveCosts } from './move-costs.js'
import { createMoveKinds, findEligible, findHolders, requirePinned } from './move-kinds.js'

export interface MoveViewOptions {
  readonly pinned?: readonly string[] | undefined
  readonly costs?: FleetMoveCosts | undefined
  readonly costsPath: string
  readonly request: FleetRequest | null
  /** GPUs that everything is to leave, and that nothing may enter. */
  readonly drain?: FleetGpuChoice
}

export interface ListedFleet {
  readonly view: MoveView
  readonly entries: readonly FleetGpuEntry[]
  /** Of `entries`, the GPUs that are to be drained. */
  readonly drained: ReadonlySet<FleetGpu>
}

/** Throws `MIG_FLEET_INVALID` for GPUs, requests and costs that make no sense. */
export function viewFleet(
  given: FleetInUse,
  { pinned, costs, costsPath, request, drain }: MoveViewOptions,
): ListedFleet {
  requireObject(given, ['fleet'])
  const models = createFleetModels()
  const { gpus, requests: asked = [] } = given
  const read = readGpus(models, gpus)
  limitNamedGpus(read)
  const { entries, chosen: drained } =
    drain === undefined ? { entries: read, chosen: new Set<FleetGpu>() } : cordonChosen(read, drain)
  const requests = readRequests(asked)
  const holders = findHolders(requests)
  const pinnedIds = requirePinned(read, pinned)
  const kinds = createMoveKinds(models, requests, holders, pinnedIds, request)
  const costOf = compileMoveCosts(costs, costsPath)
  const eligible = request === null ? null : findEligible(requests, entries, request)
  const wanted = request === null ? -1 : kinds.requestKind(request, eligible !== null)

  const priced = new Set((costs?.requests ?? []).map(({ id }) => id))
  const tellsApart = (instance: FleetInstance): boolean =>
    kinds.isSpecial(instance) || (instance.id !== undefined && priced.has(instance.id))
  const asksGpus = [...requests, request].some((each) => each?.where !== undefined)
  const batches = batchEntries(entries, tellsApart, asksGpus || eligible !== null)
  return {
    view: buildView(batches, { kinds, costOf, costsPath, eligible, wanted, drained }),
    entries,
    drained,
  }
}
