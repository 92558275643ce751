import type {
  ContainerDevice,
  GpuContainerDevice,
  MigContainerDevice,
} from '../../../types/containers/device.js'
import type { DeviceNumbers } from '../../../types/model/device-numbers.js'
import type { AnyGpuState, MigDevice, MigState } from '../../../types/model/state.js'
import { checkState } from '../../model/check-state.js'
import { deepFreeze } from '../../model/freeze.js'
import { devicesOf } from '../../model/mig-devices.js'

/**
 * What containers can get of this machine: each GPU with MIG off, and each MIG device. GPUs by index; on each GPU in the
 * order of NVML, which is not that of the placements.
 */
export function listContainerDevices(state: MigState): readonly ContainerDevice[] {
  checkState('listContainerDevices', state)
  return deepFreeze(
    state.gpus.flatMap((gpu): readonly ContainerDevice[] =>
      gpu.mig?.enabled === true ? migDevicesOf(gpu, state.deviceNumbers) : [gpuDevice(gpu)],
    ),
  )
}

export function gpuDevice(gpu: AnyGpuState): GpuContainerDevice {
  return {
    kind: 'gpu',
    names: {
      index: `${gpu.index}`,
      typeIndex: `gpu${gpu.index}`,
      uuid: gpu.uuid,
      pciBusId: gpu.pciBusId,
    },
    gpu: gpu.uuid,
    gpuIndex: gpu.index,
    model: gpu.name,
    pciBusId: gpu.pciBusId,
    gpuMinor: gpu.minorNumber,
    migEnabled: gpu.mig?.enabled ?? false,
  }
}

/** The MIG devices of a GPU, in the order of their indexes. */
export function migDevicesOf(
  gpu: AnyGpuState,
  numbers: DeviceNumbers | undefined,
): readonly MigContainerDevice[] {
  const capabilities = numbers?.capabilities?.gpus.find(
    ({ gpuMinor }) => gpuMinor === gpu.minorNumber,
  )
  return indexed(devicesOf(gpu)).map((device) => {
    const { gpuInstanceId, computeInstanceId, migIndex } = device
    return {
      ...device,
      kind: 'mig',
      names: {
        index: `${gpu.index}:${migIndex}`,
        typeIndex: `mig${gpu.index}:${migIndex}`,
        uuid: isLegacy(device.uuid) ? null : device.uuid,
        legacyUuid: `MIG-${gpu.uuid}/${gpuInstanceId}/${computeInstanceId}`,
      },
      model: gpu.name,
      pciBusId: gpu.pciBusId,
      gpuMinor: gpu.minorNumber,
      gpuInstanceMinor: capabilities?.gpuInstances[gpuInstanceId] ?? null,
      computeInstanceMinor:
        capabilities?.computeInstances[gpuInstanceId]?.[computeInstanceId] ?? null,
    }
  })
}

function isLegacy(uuid: MigDevice['uuid']): boolean {
  return uuid?.startsWith('MIG-GPU-') ?? false
}

/**
 * A new session of NVML numbers the devices of a GPU by the ids of the GPU instance and the compute instance, without
 * holes (MIG User Guide, listings; NVIDIA/libcudacxx#224).
 */
function indexed(
  devices: readonly MigDevice[],
): readonly (MigDevice & { readonly migIndex: number })[] {
  return devices
    .toSorted(
      (a, b) => a.gpuInstanceId - b.gpuInstanceId || a.computeInstanceId - b.computeInstanceId,
    )
    .map((device, rank) => ({ ...device, migIndex: device.migIndex ?? rank }))
    .sort((a, b) => a.migIndex - b.migIndex)
}
