import type { GpuProcess, GpuState, GpuUuid } from '../../../types/model/state.js'
import { givenAwayPid } from '../../model/process-text.js'
import { listPlacedDevices } from '../../model/state.js'

/** The processes on each GPU, and one more on each device that is given away and may have none yet. */
export function withGivenAway(
  processes: ReadonlyMap<GpuUuid, readonly GpuProcess[]>,
  gpus: readonly GpuState[],
  inUse: readonly string[],
): ReadonlyMap<GpuUuid, readonly GpuProcess[]> {
  if (inUse.length === 0) return processes
  const given = new Set(inUse)
  const all = new Map(processes)
  for (const gpu of new Map(gpus.map((each) => [each.uuid, each])).values()) {
    const devices = listPlacedDevices(gpu).filter(
      ({ computeInstance: { uuid } }) => uuid !== null && given.has(uuid),
    )
    if (devices.length === 0) continue
    const holders = devices.map(
      ({ gpuInstance, computeInstance }): GpuProcess => ({
        pid: givenAwayPid,
        command: null,
        kind: null,
        usedMemoryMiB: null,
        gpuInstanceId: gpuInstance.id,
        computeInstanceId: computeInstance.id,
        foundBy: [],
      }),
    )
    all.set(gpu.uuid, [...(processes.get(gpu.uuid) ?? []), ...holders])
  }
  return all
}
