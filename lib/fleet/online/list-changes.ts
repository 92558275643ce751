import type { FleetChanges } from '../../../types/fleet/online.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetState } from './fleet-state.js'
import { describeGpu, describeRest, takeSnapshot } from './take-snapshot.js'

/** What a snapshot needs that was taken at the mark. Takes time for what has changed, not for all GPUs. */
export function listChanges(inside: FleetInside, since: unknown): FleetChanges {
  const { state, requests } = inside
  notePlanned(state)
  const noted = state.log.since(since)
  const mark = state.log.mark()
  notePlanned(state)
  if (noted === null) {
    return { ...takeSnapshot(inside), mark, isWhole: true, goneGpus: [], goneRequests: [] }
  }
  const plain = new Map<object, Geometry>()
  return {
    ...describeRest(inside),
    mark,
    isWhole: false,
    gpus: [...noted.gpus]
      .filter((gpu) => state.gpuByName.get(gpu.name) === gpu)
      .sort((a, b) => a.order - b.order)
      .map((gpu) => describeGpu(state, gpu, plain)),
    goneGpus: [...noted.goneGpus],
    requests: [...noted.requests].flatMap((id) => requests.get(id) ?? []),
    goneRequests: [...noted.requests],
  }
}

/** What plans in progress mark on GPUs comes and goes without a change of what they hold. */
function notePlanned({ log, planned, closed }: FleetState): void {
  for (const { gpu } of planned.keys()) log.gpu(gpu)
  for (const gpu of closed.keys()) log.gpu(gpu)
}
