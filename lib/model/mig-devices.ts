import type { AnyGpuState, MigDevice, MigState } from '../../types/model/state.js'
import { checkState } from './check-state.js'
import { deepFreeze } from './freeze.js'
import { listPlacedDevices, seenDevice } from './state.js'

/**
 * The MIG devices of all GPUs in one list: GPUs by index, and on each GPU by placement, or by ids where the placements are
 * unknown. Where the driver does not list the instances of a GPU to this process, the list has the devices that it sees.
 */
export function listMigDevices(state: MigState): readonly MigDevice[] {
  checkState('listMigDevices', state)
  return deepFreeze(state.gpus.flatMap(devicesOf))
}

/** Those of one GPU. */
export function devicesOf(gpu: AnyGpuState): readonly MigDevice[] {
  const where = { gpu: gpu.uuid, gpuIndex: gpu.index }
  if (gpu.gpuInstances === null)
    return gpu.migDevices.map((device) => ({
      ...where,
      ...device,
      profileName: gpu.geometry?.profiles.find(({ id }) => id === device.profileId)?.name ?? null,
      placement: null,
      computePlacement: null,
    }))
  return listPlacedDevices(gpu).map((device) => ({
    ...where,
    ...seenDevice(device),
    profileName: device.gpuInstance.profileName,
    placement: device.gpuInstance.placement,
    computePlacement: device.computeInstance.placement,
  }))
}
