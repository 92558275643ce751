import type { DeviceNumbers } from '../../types/model/device-numbers.js'
import type { MigState } from '../../types/model/state.js'

/**
 * The minor number that drivers were seen to give an instance: gpu3/gi3/ci3 439, gpu6/gi11/ci7 920. For fixtures only.
 */
export function seenMinor(gpuMinor: number, gpuInstance: number, computeInstance = -1): number {
  return 3 + 135 * gpuMinor + 9 * gpuInstance + 1 + computeInstance
}

/** The numbers that a driver would list for these GPUs. */
export function numbersFor(gpuMinors: readonly number[]): DeviceNumbers {
  const ids = Array.from({ length: 15 }, (_, id) => id)
  const computeIds = Array.from({ length: 8 }, (_, id) => id)
  return {
    majors: { gpu: 195, modeset: 195, uvm: 510, capabilities: 235 },
    capabilities: {
      config: 1,
      monitor: 2,
      gpus: gpuMinors.map((gpuMinor) => ({
        gpuMinor,
        gpuInstances: ids.map((id) => seenMinor(gpuMinor, id)),
        computeInstances: ids.map((id) => computeIds.map((ci) => seenMinor(gpuMinor, id, ci))),
      })),
    },
    nodes: { mode: 0o666, uid: 0, gid: 0 },
    missing: [],
  }
}

export function withNumbers(state: MigState, changes: Partial<DeviceNumbers> = {}): MigState {
  const minors = state.gpus.flatMap(({ minorNumber }) => minorNumber ?? [])
  return { ...state, deviceNumbers: { ...numbersFor(minors), ...changes } }
}
