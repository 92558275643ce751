import type { FleetInUse } from '../../../types/fleet/moves.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { requireList, requireObject } from '../model/check-form.js'
import { readMemberName } from '../model/member-name.js'
import { splitMachines } from '../model/split-machines.js'

/**
 * Cuts a fleet into at most so many shards of about equal size, without cutting a machine: rules about neighbours never reach
 * beyond one. Each shard has the requests that hold something in it. Throws `MIG_FLEET_INVALID`.
 */
export function splitFleet(fleet: FleetInUse, shards: number): readonly FleetInUse[] {
  requireObject(fleet, ['fleet'])
  const { gpus, requests = [] } = fleet
  requireList(requests, ['requests'])
  return splitMachines(gpus, shards).map((part) => ({
    gpus: part,
    requests: listHolding(part, requests),
  }))
}

function listHolding(
  gpus: readonly FleetGpu[],
  requests: readonly FleetRequest[],
): readonly FleetRequest[] {
  const holders = new Set<string | undefined>()
  for (const { layout = [], heldBy } of gpus)
    for (const id of [heldBy, ...layout.map((instance) => instance.id)])
      if (id !== undefined) holders.add(id).add(readMemberName(id)?.id)
  return requests.filter(({ id }) => id !== undefined && holders.has(id))
}
