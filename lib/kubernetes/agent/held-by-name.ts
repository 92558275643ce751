import type { AnyGpuState, GpuHolder, MigDevice, MigState } from '../../../types/model/state.js'
import { devicesOf } from '../../model/mig-devices.js'
import { migDeviceName, partDeviceName } from '../dra/device-names.js'
import type { Destroyed } from './destroyed.js'

/** What a pod holds. A `device` of null is the whole GPU. */
export type Held = Pick<Destroyed, 'gpu' | 'device'>

/**
 * Finds what a device plugin or the DRA driver calls by this name: the UUID of a MIG device or a GPU, `0` or `0:1` by NVML's
 * indexes, `gpu-0`, `gpu-0-mig-3g20gb-9-4`. A share of it has `::0` behind. Empty: the machine has no such device any more. NVIDIA's DRA
 * driver has one name for all parts of a GPU instance.
 */
export function findHeld(state: MigState, name: string): readonly Held[] {
  const id = name.replace(/::\d+$/, '')
  const found = byUuid(state, id) ?? byIndex(state, id)
  return found === null ? byClaim(state, id) : [found]
}

function byUuid({ gpus }: MigState, id: string): Held | null {
  for (const gpu of gpus) {
    if (gpu.uuid === id) return { gpu, device: null }
    const device = devicesOf(gpu).find(({ uuid }) => uuid === id)
    if (device !== undefined) return { gpu, device }
  }
  return null
}

/** The plugin counts the MIG devices that are there, in the order of their ids. */
function byIndex({ gpus }: MigState, id: string): Held | null {
  const [, gpuIndex, migIndex] = /^(\d+)(?::(\d+))?$/.exec(id) ?? []
  const gpu = gpus.find(({ index }) => gpuIndex !== undefined && index === Number(gpuIndex))
  if (gpu === undefined) return null
  if (migIndex === undefined) return { gpu, device: null }
  const device = inOrder(gpu)[Number(migIndex)]
  return device === undefined ? null : { gpu, device }
}

function inOrder(gpu: AnyGpuState): readonly MigDevice[] {
  return devicesOf(gpu).toSorted(
    (a, b) => a.gpuInstanceId - b.gpuInstanceId || a.computeInstanceId - b.computeInstanceId,
  )
}

/** By the names of NVIDIA's DRA driver and by ours. */
function byClaim({ gpus }: MigState, id: string): readonly Held[] {
  const [gpuName = '', minor] = /^gpu-(\d+)(?=$|-mig-)/.exec(id) ?? []
  const gpu = gpus.find(({ minorNumber }) => minor !== undefined && minorNumber === Number(minor))
  if (gpu === undefined) return []
  if (id === gpuName) return [{ gpu, device: null }]
  return devicesOf(gpu)
    .filter((device) => namesOf(gpuName, device).includes(id))
    .map((device) => ({ gpu, device }))
}

function namesOf(gpuName: string, device: MigDevice): readonly string[] {
  const { name, profileId, placement, computeInstanceId } = device
  if (profileId === null || placement === null) return []
  const whole = migDeviceName(gpuName, name, { id: profileId }, placement.start)
  return [whole, partDeviceName(whole, name, computeInstanceId)]
}

/** Where a process is: on these MIG devices, or on the whole GPU. */
export function placesOf(state: MigState, process: GpuHolder): readonly Held[] {
  const gpu = state.gpus.find(({ uuid }) => uuid === process.gpu)
  if (gpu === undefined) return []
  const { gpuInstanceId, computeInstanceId } = process
  const devices = devicesOf(gpu).filter(
    (device) =>
      device.gpuInstanceId === gpuInstanceId &&
      (computeInstanceId === null || device.computeInstanceId === computeInstanceId),
  )
  return devices.length === 0 ? [{ gpu, device: null }] : devices.map((device) => ({ gpu, device }))
}
