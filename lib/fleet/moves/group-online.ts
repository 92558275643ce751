import type { FleetGpuFilter, FleetRequest } from '../../../types/fleet/pack.js'
import { invalid } from '../model/invalid.js'
import type { FleetInside } from '../online/fleet-inside.js'
import type { OnlineGpu } from '../online/fleet-state.js'
import { readGroups } from '../online/gpu-groups.js'
import { batchGpus, batchPool } from './batch-online.js'
import { type GroupedFleet, groupFleet } from './grouped-fleet.js'
import { withIdleSlots } from './idle-slots.js'
import { compileMoveCosts } from './move-costs.js'
import { createMoveKinds } from './move-kinds.js'
import type { GroupOptions } from './read-in-use.js'

/**
 * Groups the GPUs of a running fleet as `groupSnapshot` does those of its snapshot, without reading GPU by
 * GPU. Null: the answer depends on filters that each GPU has to be checked against.
 */
export function groupOnline(
  { state, holdings }: FleetInside,
  { pinned = [], costs, costsPath, request, idle = 'fixed' }: Omit<GroupOptions, 'drain'>,
): GroupedFleet | null {
  if (request !== null && (asksGpus(request) || request.wholeGpu === true)) return null
  const { spread = [], avoid = [], labels = [], sameNode }: Partial<FleetRequest> = request ?? {}
  if (spread.length + avoid.length > 0 || sameNode !== undefined) return null
  const groups = state.pools.map((pool) => ({ pool, groups: [...readGroups(pool)] }))
  const requests = new Set<FleetRequest>()
  for (const { gpus } of groups.flatMap((each) => each.groups)) {
    for (const { asked } of gpus[0]?.held ?? []) if (asked !== null) requests.add(asked)
  }
  for (const asked of requests) {
    if (asksGpus(asked) || asked.avoid?.some(({ label }) => labels.includes(label))) return null
  }

  const apart = new Set<OnlineGpu>()
  for (const [index, id] of pinned.entries()) {
    const holding = holdings.get(id)
    if (holding === undefined || holding.place < 0) {
      throw invalid(['pinned', index], `is ${id}, which holds no instance`)
    }
    apart.add(holding.gpu)
  }
  for (const { id } of costs?.requests ?? []) {
    const holding = holdings.get(id)
    if (holding !== undefined && holding.place >= 0) apart.add(holding.gpu)
  }
  const kinds = createMoveKinds(state.models, {
    requests: [...requests],
    requestOf: (id) => holdings.get(id)?.asked ?? undefined,
    pinned: new Set(pinned),
    asked: request,
    hasIdle: idle !== 'fixed' && state.pools.some((pool) => pool.idle.count > 0),
  })
  const costOf = compileMoveCosts(costs, costsPath)
  const wanted = request === null ? -1 : kinds.requestKind(request)

  const batches = [...apart].map((gpu) => batchGpus([gpu]))
  for (const { pool, groups: ofPool } of groups) {
    batches.push(...batchPool(pool, ofPool, apart))
  }
  batches.sort((a, b) => a.first - b.first)
  const grouped = groupFleet(batches, { kinds, costOf, costsPath, eligible: null, wanted, idle })
  return withIdleSlots(grouped)
}

/** Whether each GPU has to be checked. A filter by model alone decides about whole pools. */
function asksGpus({ where }: { readonly where?: FleetGpuFilter }): boolean {
  return where !== undefined && Object.keys(where).some((name) => name !== 'models')
}
