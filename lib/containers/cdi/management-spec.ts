import type { CdiSpec, ManagementCdiOptions } from '../../../types/containers/cdi.js'
import type { MigState } from '../../../types/model/state.js'
import { checkState } from '../../model/check-state.js'
import {
  capabilityNode,
  controlNodesOf,
  nodesOf,
  permissionNodesOf,
  requireMajor,
  requireNumbers,
} from '../devices/device-nodes.js'
import { gpuDevice, migDevicesOf } from '../devices/list-devices.js'
import { finish } from './cdi-spec.js'
import { checkManagementOptions } from './check-options.js'
import { driverEdits } from './driver-edits.js'
import { mergeEdits, nodeEdits } from './edits.js'

/**
 * The CDI specification for containers that manage a machine: one device, `all`, with every node of the driver: all GPUs,
 * all instances, and the permissions to change and to see MIG devices. As nvidia-ctk's `--mode management`.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` where the state has no number for a node. TypeError for wrong options.
 */
export function managementCdiSpec(state: MigState, options: ManagementCdiOptions = {}): CdiSpec {
  checkState('managementCdiSpec', state)
  checkManagementOptions('managementCdiSpec', options)
  const numbers = requireNumbers(state)
  const devices = state.gpus.flatMap((gpu) => [
    gpuDevice(gpu),
    ...migDevicesOf(gpu, state.deviceNumbers),
  ])
  const bare = state.gpus.flatMap(({ minorNumber, gpuInstances }) => {
    const known = numbers.capabilities?.gpus.find(({ gpuMinor }) => gpuMinor === minorNumber)
    return (gpuInstances ?? []).flatMap(({ id }) => known?.gpuInstances[id] ?? [])
  })
  const nodes = [
    ...controlNodesOf(numbers),
    ...permissionNodesOf(numbers),
    ...devices.flatMap((device) => nodesOf(numbers, device)),
    ...bare.map((minor) => capabilityNode(requireMajor(numbers, 'capabilities', null), minor)),
  ]
  const { kind = 'management.nvidia.com/gpu', driver } = options
  return finish({
    kind,
    devices: [{ name: 'all', containerEdits: mergeEdits([nodeEdits(nodes)]) }],
    containerEdits: mergeEdits([
      ...(driver === undefined ? [] : [driverEdits(driver)]),
      { env: ['NVIDIA_VISIBLE_DEVICES=void'] },
    ]),
  })
}
