import { readFileSync } from 'node:fs'
import type { NvmlProcess } from '../../types/nvml.js'
import type { GpuProcess, GpuUuid } from '../../types/state.js'
import type { NativeAddon, Outcome } from './addon.js'
import type { NativeSession } from './native-session.js'
import { unwrap } from './outcome.js'

const bytesPerMiB = 2 ** 20

const notSupported = 3
const functionNotFound = 13

/** Who uses this GPU. Rejects with `NvmlError`, such as `NVML_ERROR_NO_PERMISSION`. */
export function readGpuProcesses(native: NativeSession, gpu: GpuUuid): Promise<GpuProcess[]> {
  return native.run((addon, session) => readLists(addon, session, gpu))
}

async function readLists(addon: NativeAddon, session: number, gpu: GpuUuid): Promise<GpuProcess[]> {
  const lists = [
    ['compute', await addon.deviceGetComputeRunningProcesses(session, gpu)],
    ['graphics', await addon.deviceGetGraphicsRunningProcesses(session, gpu)],
    ['mps', await addon.deviceGetMPSComputeRunningProcesses(session, gpu)],
  ] as const
  const processes: GpuProcess[] = []
  // One list that cannot be had does not hide the processes on the others.
  const failed = lists.find(([, outcome]) => !outcome.ok && !isUnknownList(outcome))
  if (
    failed !== undefined &&
    lists.every(([, outcome]) => !outcome.ok || outcome.value.length === 0)
  )
    unwrap(failed[1], { gpu })
  for (const [kind, outcome] of lists) {
    for (const found of outcome.ok ? outcome.value : []) {
      processes.push({
        pid: found.pid,
        command: await readCommand(addon, session, found.pid),
        kind,
        usedMemoryMiB:
          found.usedGpuMemory === null ? null : Math.round(found.usedGpuMemory / bytesPerMiB),
        gpuInstanceId: found.gpuInstanceId,
        computeInstanceId: found.computeInstanceId,
      })
    }
  }
  return processes
}

/** Drivers before R470 have no list of MPS clients, and some GPUs have no graphics. */
function isUnknownList(outcome: Outcome<readonly NvmlProcess[]>): boolean {
  return !outcome.ok && (outcome.ret === notSupported || outcome.ret === functionNotFound)
}

/** Null for a process of another PID namespace, which neither the driver nor /proc names. */
async function readCommand(
  addon: NativeAddon,
  session: number,
  pid: number,
): Promise<string | null> {
  const name = await addon.systemGetProcessName(session, pid)
  if (name.ok && name.value !== '') return name.value
  return readCommandLine(pid)
}

/** The words of a process's command line, as far as this system shows them. */
function readCommandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null
  } catch {
    return null
  }
}
