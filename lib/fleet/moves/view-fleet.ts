import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet.js'
import type { FleetInUse, FleetMoveCosts } from '../../../types/fleet-moves.js'
import { requireObject } from '../model/check-form.js'
import { createFleetModels, type FleetGpuEntry, readGpus } from '../model/fleet-model.js'
import { limitNamedGpus } from '../model/limits.js'
import { batchEntries } from './gpu-batches.js'
import { compileMoveCosts } from './move-costs.js'
import { createMoveKinds, findEligible, readHolders, requirePinned } from './move-kinds.js'
import { buildView, type MoveView } from './move-view.js'

export interface MoveViewOptions {
  readonly pinned?: readonly string[] | undefined
  readonly costs?: FleetMoveCosts | undefined
  readonly costsPath: string
  readonly request: FleetRequest | null
  /** Of `gpus` of the fleet, cordoned ones that everything is to leave. */
  readonly drained?: ReadonlySet<FleetGpu>
}

export interface ListedFleet {
  readonly view: MoveView
  readonly entries: readonly FleetGpuEntry[]
}

/** Throws `MIG_FLEET_INVALID` for GPUs, requests and costs that make no sense. */
export function viewFleet(
  fleet: FleetInUse,
  { pinned, costs, costsPath, request, drained = new Set() }: MoveViewOptions,
): ListedFleet {
  requireObject(fleet, ['fleet'])
  const models = createFleetModels()
  const entries = readGpus(models, fleet.gpus)
  limitNamedGpus(entries)
  const { requests = [] } = fleet
  const holders = readHolders(requests)
  const pinnedIds = requirePinned(fleet.gpus, pinned)
  const kinds = createMoveKinds(models, requests, holders, pinnedIds, request)
  const costOf = compileMoveCosts(costs, costsPath)
  const eligible = request === null ? null : findEligible(fleet, entries, request)
  const wanted = request === null ? -1 : kinds.requestKind(request, eligible !== null)

  const priced = new Set((costs?.requests ?? []).map(({ id }) => id))
  const tellsApart = (instance: FleetInstance): boolean =>
    kinds.isSpecial(instance) || (instance.id !== undefined && priced.has(instance.id))
  const asksGpus = [...requests, request].some((each) => each?.where !== undefined)
  const batches = batchEntries(entries, tellsApart, asksGpus || eligible !== null)
  return { view: buildView(batches, { kinds, costOf, eligible, wanted, drained }), entries }
}
