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
import type { GroupingRules } from './grouped-fleet.js'
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
  readonly idle?: GroupingRules['idle']
}

/** A checked list of GPUs, and what decides what may move, where to, and at what cost. */
export interface FleetInUseRead extends GroupingRules {
  readonly entries: readonly FleetGpuEntry[]
  readonly requests: readonly FleetRequest[]
  /** The GPUs of `entries` that have to be drained. */
  readonly drained: ReadonlySet<FleetGpu>
}

/** Throws `MIG_FLEET_INVALID` for GPUs, requests and costs that make no sense. */
export function readInUse(
  given: FleetInUse,
  { pinned, costs, costsPath, request, drain, idle = 'fixed' }: GroupOptions,
): FleetInUseRead {
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
    hasIdle: idle !== 'fixed' && read.some(({ gpu: { layout = [] } }) => layout.some(isIdle)),
  })
  const costOf = compileMoveCosts(costs, costsPath)
  const eligible = request === null ? null : findEligible(requests, entries, request)
  const wanted = request === null ? -1 : kinds.requestKind(request, eligible !== null)
  return { entries, requests, drained, kinds, costOf, costsPath, eligible, wanted, idle }
}

function isIdle({ idle }: FleetInstance): boolean {
  return idle === true
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
