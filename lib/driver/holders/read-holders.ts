import type { GpuProcess, GpuUuid } from '../../../types/model/state.js'
import { isNvmlError } from '../../errors.js'
import { untilAborted } from '../../model/abort.js'
import { readCapabilityMinors } from '../../system/capability-minors.js'
import { readProcessDetails, unknownDetails } from '../../system/process-details.js'
import { scanProcesses } from '../../system/scan-processes.js'
import type { Connection } from '../connection/connection.js'
import { mergeHolders } from './merge-holders.js'
import { readGpuProcesses } from './nvml-processes.js'

export interface HolderOptions {
  /** Also search every process of the machine for open device nodes. */
  readonly scan: boolean
  readonly signal?: AbortSignal
}

export interface HolderMachine {
  readonly connection: Connection
  /** The root of the machine's file tree; null: it has none. */
  readonly root: string | null
  /** N of a GPU's `/dev/nvidiaN`; null where the driver does not give it. */
  readonly minorOf: (gpu: GpuUuid) => number | null
}

export interface Holders {
  readonly processes: ReadonlyMap<GpuUuid, readonly GpuProcess[]>
  /** How many processes could not be inspected, because they belong to another user or are in a container. */
  readonly unreadable: number
}

/**
 * The processes that hold these GPUs. Processes that the driver hides from this caller are missing; the
 * driver then refuses by itself to destroy what they use. Rejects with `NVML_ERROR_GPU_IS_LOST`, and with
 * the reason of the signal.
 */
export async function readHolders(
  { connection, root, minorOf }: HolderMachine,
  gpus: readonly GpuUuid[],
  { scan, signal }: HolderOptions,
): Promise<Holders> {
  const listed = new Map<GpuUuid, readonly GpuProcess[]>()
  for (const gpu of gpus) listed.set(gpu, await readListed(connection, root, gpu, signal))
  if (root === null || !scan || gpus.length === 0) return { processes: listed, unreadable: 0 }

  const open = await scanProcesses(root, signal)
  const capabilities = readCapabilityMinors(root)
  const processes = new Map<GpuUuid, readonly GpuProcess[]>()
  for (const [gpu, ofNvml] of listed) {
    const detailsOf = (pid: number) => readProcessDetails(root, pid)
    const known = ofNvml.map((process) =>
      // The pid is of another PID namespace: here, it belongs to a process that holds nothing.
      open.others.has(process.pid) ? { ...process, ...unknownDetails } : process,
    )
    const gpuMinor = minorOf(gpu)
    processes.set(
      gpu,
      gpuMinor === null
        ? known
        : mergeHolders({ listed: known, scan: open, gpuMinor, capabilities, detailsOf }),
    )
  }
  return { processes, unreadable: open.unreadable.size }
}

async function readListed(
  connection: Connection,
  root: string | null,
  gpu: GpuUuid,
  signal: AbortSignal | undefined,
): Promise<readonly GpuProcess[]> {
  try {
    return await untilAborted(readGpuProcesses(connection, root, gpu), signal)
  } catch (error) {
    if (isNvmlError(error) && error.code !== 'NVML_ERROR_GPU_IS_LOST') return []
    throw error
  }
}
