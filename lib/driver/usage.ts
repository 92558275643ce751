import type { AnyGpuState, GpuProcess, VisibleMigDevice } from '../../types/model/state.js'
import type { GpuUsage, MigDeviceUsage, UnreadableUsage } from '../../types/model/usage.js'
import type { DeviceUuid, NvmlMemoryInfo } from '../../types/nvml.js'
import { deepFreeze } from '../model/freeze.js'
import { listSeenDevices } from '../model/state.js'
import { nvmlCodeName } from '../nvml-codes.js'
import type { NvmlFailure, Outcome } from './addon/outcome.js'
import type { Connection } from './connection/connection.js'
import { readProcessLists } from './holders/nvml-processes.js'

const bytesPerMiB = 2 ** 20

/** The memory in use and the processes of GPUs, frozen. `root` has the machine's `/proc`; null: there is none. */
export async function readUsage(
  connection: Connection,
  root: string | null,
  gpus: readonly AnyGpuState[],
): Promise<readonly GpuUsage[]> {
  const usage: GpuUsage[] = []
  for (const gpu of gpus) usage.push(await readGpuUsage(connection, root, gpu))
  return deepFreeze(usage)
}

async function readGpuUsage(
  connection: Connection,
  root: string | null,
  gpu: AnyGpuState,
): Promise<GpuUsage> {
  const unreadable: UnreadableUsage[] = []
  const whole = await readMemory(connection, gpu.uuid)
  if (!whole.ok) unreadable.push(toUnreadable('memory', null, whole))
  const devices = listSeenDevices(gpu)
  const migDevices: MigDeviceUsage[] = []
  for (const device of devices) {
    const memory = device.uuid === null ? null : await readMemory(connection, device.uuid)
    if (memory?.ok === false) unreadable.push(toUnreadable('memory', device.uuid, memory))
    migDevices.push({
      gpuInstanceId: device.gpuInstanceId,
      computeInstanceId: device.computeInstanceId,
      uuid: device.uuid,
      usedMemoryMiB: memory?.ok ? toMiB(memory.value.used) : null,
      totalMemoryMiB: memory?.ok ? toMiB(memory.value.total) : null,
    })
  }
  const listed = await readProcessLists(connection, root, gpu.uuid)
  if (listed.failure !== null) unreadable.push(toUnreadable('processes', null, listed.failure))
  const processes =
    listed.failure === null || listed.processes.length > 0
      ? listed.processes
      : await readDeviceProcesses(connection, root, devices)
  return {
    gpu: gpu.uuid,
    gpuIndex: gpu.index,
    usedMemoryMiB: whole.ok ? toMiB(whole.value.used) : null,
    migDevices,
    processes,
    unreadable,
  }
}

function readMemory(connection: Connection, device: DeviceUuid): Promise<Outcome<NvmlMemoryInfo>> {
  return connection.run((addon, session) => addon.deviceGetMemoryInfo(session, device))
}

/** What a process without `mig/monitor` sees: the processes on the MIG devices that it was given. */
async function readDeviceProcesses(
  connection: Connection,
  root: string | null,
  devices: readonly VisibleMigDevice[],
): Promise<readonly GpuProcess[]> {
  const found: GpuProcess[] = []
  for (const { uuid, gpuInstanceId, computeInstanceId } of devices) {
    if (uuid === null) continue
    const { processes } = await readProcessLists(connection, root, uuid)
    found.push(...processes.map((process) => ({ ...process, gpuInstanceId, computeInstanceId })))
  }
  return found
}

function toUnreadable(
  what: UnreadableUsage['what'],
  migDevice: UnreadableUsage['migDevice'],
  { ret }: NvmlFailure,
): UnreadableUsage {
  return { what, migDevice, code: nvmlCodeName(ret) }
}

function toMiB(bytes: number): number {
  return Math.round(bytes / bytesPerMiB)
}
