import type { GpuProcess, GpuUuid } from '../../../types/model/state.js'
import type { DeviceUuid, NvmlProcess } from '../../../types/nvml.js'
import { nvmlReturn } from '../../nvml-codes.js'
import { readProcessDetails, unknownDetails } from '../../system/process-details.js'
import type { NativeAddon } from '../addon/addon.js'
import { failureError, type NvmlFailure, type Outcome } from '../addon/outcome.js'
import type { Connection } from '../connection/connection.js'

const bytesPerMiB = 2 ** 20

/** What NVML's lists of one device have. */
export interface ListedProcesses {
  readonly processes: GpuProcess[]
  /** The first list that failed. The processes are those of the others. */
  readonly failure: NvmlFailure | null
}

/**
 * The processes that NVML lists on this GPU. `root` is the folder with the machine's `/proc`; null: there is
 * none. Rejects with `NvmlError`, such as `NVML_ERROR_NO_PERMISSION`.
 */
export async function readGpuProcesses(
  connection: Connection,
  root: string | null,
  gpu: GpuUuid,
): Promise<GpuProcess[]> {
  const { processes, failure } = await readProcessLists(connection, root, gpu)
  // A list that fails does not hide the processes on the other lists.
  if (failure !== null && processes.length === 0) throw failureError(failure, { gpu })
  return processes
}

/** The same for a GPU or a MIG device, with the failure as a value. */
export function readProcessLists(
  connection: Connection,
  root: string | null,
  device: DeviceUuid,
): Promise<ListedProcesses> {
  return connection.run((addon, session) => readLists(addon, session, root, device))
}

async function readLists(
  addon: NativeAddon,
  session: number,
  root: string | null,
  device: DeviceUuid,
): Promise<ListedProcesses> {
  const lists = [
    ['compute', await addon.deviceGetComputeRunningProcesses(session, device)],
    ['graphics', await addon.deviceGetGraphicsRunningProcesses(session, device)],
    ['mps', await addon.deviceGetMPSComputeRunningProcesses(session, device)],
  ] as const
  const processes: GpuProcess[] = []
  for (const [kind, outcome] of lists) {
    for (const found of outcome.ok ? outcome.value : []) {
      if (kind === 'compute' && isAmong(lists[2][1], found)) continue
      const name = await addon.systemGetProcessName(session, found.pid)
      const details = root === null ? unknownDetails : readProcessDetails(root, found.pid)
      processes.push({
        pid: found.pid,
        ...details,
        command: name.ok && name.value !== '' ? name.value : details.command,
        kind,
        usedMemoryMiB:
          found.usedGpuMemory === null ? null : Math.round(found.usedGpuMemory / bytesPerMiB),
        gpuInstanceId: found.gpuInstanceId,
        computeInstanceId: found.computeInstanceId,
        opensNodeOnly: false,
        foundBy: ['nvml'],
      })
    }
  }
  const failed = lists.map(([, outcome]) => outcome).find((outcome) => isFailed(outcome))
  return { processes, failure: failed === undefined || failed.ok ? null : failed }
}

/** NVML lists a client of an MPS server among the compute processes, too. */
function isAmong(list: Outcome<readonly NvmlProcess[]>, found: NvmlProcess): boolean {
  return (
    list.ok &&
    list.value.some(
      ({ pid, gpuInstanceId, computeInstanceId }) =>
        pid === found.pid &&
        gpuInstanceId === found.gpuInstanceId &&
        computeInstanceId === found.computeInstanceId,
    )
  )
}

/** Drivers before R470 have no list of MPS clients, and some GPUs have no graphics. */
function isFailed(outcome: Outcome<readonly NvmlProcess[]>): boolean {
  const { notSupported, functionNotFound } = nvmlReturn
  return !outcome.ok && outcome.ret !== notSupported && outcome.ret !== functionNotFound
}
