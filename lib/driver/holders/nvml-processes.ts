import type { GpuProcess, GpuUuid } from '../../../types/model/state.js'
import type { NvmlProcess } from '../../../types/nvml.js'
import { nvmlReturn } from '../../nvml-codes.js'
import { readProcessDetails, unknownDetails } from '../../system/process-details.js'
import type { NativeAddon } from '../addon/addon.js'
import { type Outcome, unwrap } from '../addon/outcome.js'
import type { Connection } from '../connection/connection.js'

const bytesPerMiB = 2 ** 20

/**
 * The processes that NVML lists on this GPU. `root` is the folder with the machine's `/proc`; null: there is
 * none. Rejects with `NvmlError`, such as `NVML_ERROR_NO_PERMISSION`.
 */
export function readGpuProcesses(
  connection: Connection,
  root: string | null,
  gpu: GpuUuid,
): Promise<GpuProcess[]> {
  return connection.run((addon, session) => readLists(addon, session, root, gpu))
}

async function readLists(
  addon: NativeAddon,
  session: number,
  root: string | null,
  gpu: GpuUuid,
): Promise<GpuProcess[]> {
  const lists = [
    ['compute', await addon.deviceGetComputeRunningProcesses(session, gpu)],
    ['graphics', await addon.deviceGetGraphicsRunningProcesses(session, gpu)],
    ['mps', await addon.deviceGetMPSComputeRunningProcesses(session, gpu)],
  ] as const
  const processes: GpuProcess[] = []
  // A list that fails does not hide the processes on the other lists.
  const failed = lists.find(([, outcome]) => !outcome.ok && !isUnknownList(outcome))
  if (
    failed !== undefined &&
    lists.every(([, outcome]) => !outcome.ok || outcome.value.length === 0)
  )
    unwrap(failed[1], { gpu })
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
  return processes
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
function isUnknownList(outcome: Outcome<readonly NvmlProcess[]>): boolean {
  const { notSupported, functionNotFound } = nvmlReturn
  return !outcome.ok && (outcome.ret === notSupported || outcome.ret === functionNotFound)
}
