import type { GpuProcess } from '../../../types/model/state.js'
import type { InstanceCapability } from '../../model/device-numbers.js'
import type { CapabilityMinors } from '../../system/capability-minors.js'
import type { ProcessDetails } from '../../system/process-details.js'
import type { ProcessScan } from '../../system/scan-processes.js'

/** What is known about the processes on one GPU. */
export interface HolderSources {
  /** NVML's lists. */
  readonly listed: readonly GpuProcess[]
  readonly scan: ProcessScan
  /** `/dev/nvidia<gpuMinor>` */
  readonly gpuMinor: number
  readonly capabilities: CapabilityMinors
  readonly detailsOf: (pid: number) => ProcessDetails
}

/**
 * The processes that hold a GPU, each once for each instance that it holds. This process does not count if
 * it has only opened the GPU, because its own NVML does that.
 */
export function mergeHolders(sources: HolderSources): GpuProcess[] {
  const { listed, scan, gpuMinor, detailsOf } = sources
  const holders: GpuProcess[] = []
  for (const process of listed) {
    const holds = instancesOf(process.pid, sources)
    // NVML reports the instance from R470 on; before, every process is on the whole GPU. The nodes show it.
    if (process.gpuInstanceId === null && holds.length > 0) {
      holders.push(...holds.map((instance) => found(process, instance)))
    } else if (opensNode(process.pid, sources) || holds.length > 0) {
      holders.push({ ...process, foundBy: ['nvml', 'proc'] })
    } else {
      holders.push(process)
    }
  }
  for (const [pid, { gpus }] of scan.processes) {
    const known = holders.filter((holder) => holder.pid === pid)
    const base: GpuProcess = {
      pid,
      ...detailsOf(pid),
      kind: null,
      usedMemoryMiB: null,
      gpuInstanceId: null,
      computeInstanceId: null,
      opensNodeOnly: false,
      foundBy: ['proc'],
    }
    const holds = instancesOf(pid, sources).filter((it) => !known.some((one) => covers(one, it)))
    holders.push(...holds.map((instance) => ({ ...base, ...idsOf(instance) })))
    const nodeOnly = gpus.has(gpuMinor) && holds.length === 0 && known.length === 0
    if (nodeOnly && pid !== scan.self) holders.push({ ...base, opensNodeOnly: true })
  }
  return holders
}

function opensNode(pid: number, { scan, gpuMinor }: HolderSources): boolean {
  return scan.processes.get(pid)?.gpus.has(gpuMinor) ?? false
}

/** A process in a compute instance also has its GPU instance open, which says nothing more. */
function instancesOf(
  pid: number,
  { scan, gpuMinor, capabilities }: HolderSources,
): readonly InstanceCapability[] {
  const open = [...(scan.processes.get(pid)?.capabilities ?? [])]
    .map((minor) => capabilities.get(minor))
    .filter((each) => each !== undefined)
    .filter((each) => each.gpuMinor === gpuMinor)
  return open.filter(
    (each) =>
      each.computeInstanceId !== null ||
      !open.some((other) => other !== each && other.gpuInstanceId === each.gpuInstanceId),
  )
}

function found(process: GpuProcess, instance: InstanceCapability): GpuProcess {
  return { ...process, ...idsOf(instance), foundBy: ['nvml', 'proc'] }
}

function idsOf({
  gpuInstanceId,
  computeInstanceId,
}: InstanceCapability): Pick<GpuProcess, 'gpuInstanceId' | 'computeInstanceId'> {
  return { gpuInstanceId, computeInstanceId }
}

function covers(process: GpuProcess, instance: InstanceCapability): boolean {
  return (
    process.gpuInstanceId === instance.gpuInstanceId &&
    (instance.computeInstanceId === null ||
      process.computeInstanceId === instance.computeInstanceId)
  )
}
