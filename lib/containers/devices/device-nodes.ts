import type { ContainerDevice, DeviceNode } from '../../../types/containers/device.js'
import type { DeviceMajors, DeviceNumbers } from '../../../types/model/device-numbers.js'
import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { checkState } from '../../model/check-state.js'

// Minor numbers: open-gpu-kernel-modules, nv-chardev-numbers.h and nvidia_uvm (uvm.c).
const controlMinor = 255
const modesetMinor = 254
const uvmMinor = 0
const uvmToolsMinor = 1

// Modes in the access files of capabilities (nv-caps.c): instances and mig/monitor, then mig/config.
const readableByAll = 0o444
const readableByOwner = 0o400
const usableByAll = 0o666

/**
 * The device nodes that give access to a device: one for a GPU; for a MIG device those of the GPU, the GPU instance and
 * the compute instance. The numbers are the driver's own, so the nodes need not exist on the host.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` where the state has no number for a node.
 */
export function deviceNodes(state: MigState, device: ContainerDevice): readonly DeviceNode[] {
  checkState('deviceNodes', state)
  return nodesOf(requireNumbers(state), device)
}

/**
 * The device nodes that every container with a GPU needs beside those of its devices. Nodes of modules that are not
 * loaded are left out.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` where the major number of GPUs is not known.
 */
export function driverNodes(state: MigState): readonly DeviceNode[] {
  checkState('driverNodes', state)
  return controlNodesOf(requireNumbers(state))
}

export function nodesOf(numbers: DeviceNumbers, device: ContainerDevice): readonly DeviceNode[] {
  const { gpuMinor } = device
  if (gpuMinor === null) throw unknown(device, 'the driver does not give its minor number', numbers)
  const gpu: DeviceNode = {
    path: `/dev/nvidia${gpuMinor}`,
    major: requireMajor(numbers, 'gpu', device),
    minor: gpuMinor,
    ...accessOf(numbers),
  }
  if (device.kind === 'gpu') return [gpu]
  const { gpuInstanceMinor, computeInstanceMinor } = device
  if (gpuInstanceMinor === null || computeInstanceMinor === null)
    throw unknown(device, 'the driver lists no capabilities of its instances', numbers)
  const major = requireMajor(numbers, 'capabilities', device)
  return [
    gpu,
    ...[gpuInstanceMinor, computeInstanceMinor].map((minor) => capabilityNode(major, minor)),
  ]
}

export function controlNodesOf(numbers: DeviceNumbers): readonly DeviceNode[] {
  const { majors } = numbers
  const access = accessOf(numbers)
  const major = requireMajor(numbers, 'gpu', null)
  const nodes: DeviceNode[] = [{ path: '/dev/nvidiactl', major, minor: controlMinor, ...access }]
  const add = (path: string, module: number | null | undefined, minor: number): void => {
    if (typeof module === 'number') nodes.push({ path, major: module, minor, ...access })
  }
  add('/dev/nvidia-modeset', majors?.modeset, modesetMinor)
  add('/dev/nvidia-uvm', majors?.uvm, uvmMinor)
  add('/dev/nvidia-uvm-tools', majors?.uvm, uvmToolsMinor)
  return nodes
}

/** The nodes whose opening permits changes of instances, and a look at all MIG devices. */
export function permissionNodesOf(numbers: DeviceNumbers): readonly DeviceNode[] {
  const { config = null, monitor = null } = numbers.capabilities ?? {}
  const modes = [
    [config, readableByOwner],
    [monitor, readableByAll],
  ] as const
  return modes.flatMap(([minor, mode]) =>
    minor === null
      ? []
      : [capabilityNode(requireMajor(numbers, 'capabilities', null), minor, mode)],
  )
}

export function capabilityNode(
  major: number,
  minor: number,
  mode: number = readableByAll,
): DeviceNode {
  return { path: `/dev/nvidia-caps/nvidia-cap${minor}`, major, minor, mode }
}

function accessOf({ nodes }: DeviceNumbers): Pick<DeviceNode, 'mode' | 'gid'> {
  if (nodes === null) return { mode: usableByAll }
  return nodes.gid === 0 ? { mode: nodes.mode } : { mode: nodes.mode, gid: nodes.gid }
}

export function requireMajor(
  numbers: DeviceNumbers,
  kind: keyof DeviceMajors,
  device: ContainerDevice | null,
): number {
  const major = numbers.majors?.[kind] ?? null
  if (major !== null) return major
  const name = kind === 'capabilities' ? 'nvidia-caps' : 'nvidia'
  throw unknown(device, `/proc/devices has no ${name}`, numbers)
}

/** The numbers of a state, or an error that says how a state gets them. */
export function requireNumbers({ deviceNumbers }: MigState): DeviceNumbers {
  if (deviceNumbers !== undefined) return deviceNumbers
  throw new MigError('MIG_DEVICE_NUMBERS_UNKNOWN', 'the state has no numbers of device nodes', {
    hint: 'readMigState reads them below the root of the machine; for a simulated machine, write its root tree and give the folder as root (--root)',
  })
}

function unknown(
  device: ContainerDevice | null,
  problem: string,
  { missing }: DeviceNumbers,
): MigError {
  const what = device === null ? 'the control nodes' : `the nodes of ${device.names.index}`
  const reasons = missing.length === 0 ? '' : ` (${missing.join('; ')})`
  return new MigError(
    'MIG_DEVICE_NUMBERS_UNKNOWN',
    `the numbers of ${what} are not known: ${problem}${reasons}`,
  )
}
