import type { GpuProcess, MigState } from '../../types/model/state.js'
import type { GpuUsage, MigDeviceUsage, UsedMigState } from '../../types/model/usage.js'
import type { Family, Labels, Sample } from './exposition.js'

const bytesPerMiB = 2 ** 20

/** Memory in use and processes; none where the state was read without them. */
export function usageFamilies(state: MigState): readonly Family[] {
  if (!isUsed(state)) return []
  const { usage } = state
  return [
    {
      name: 'hw_gpu_memory_usage_bytes',
      type: 'gauge',
      help: 'Memory in use on a GPU, over all of its instances.',
      samples: usage.flatMap(({ gpu, usedMemoryMiB }) =>
        inBytes({ hw_id: gpu, hw_type: 'gpu' }, usedMemoryMiB),
      ),
    },
    {
      name: 'mig_instance_memory_limit_bytes',
      type: 'gauge',
      help: 'Memory of a GPU instance that programs can use; its compute instances share it.',
      samples: usage.flatMap((gpu) =>
        firstDevices(gpu).flatMap((device) =>
          inBytes(instanceLabels(gpu, device), device.totalMemoryMiB),
        ),
      ),
    },
    {
      name: 'mig_instance_memory_usage_bytes',
      type: 'gauge',
      help: 'Memory in use in a GPU instance.',
      samples: usage.flatMap((gpu) =>
        firstDevices(gpu).flatMap((device) =>
          inBytes(instanceLabels(gpu, device), device.usedMemoryMiB),
        ),
      ),
    },
    {
      name: 'mig_device_processes',
      type: 'gauge',
      help: 'How many processes use a MIG device, as NVML lists them.',
      samples: usage.flatMap(countOnDevices),
    },
    {
      name: 'mig_gpu_processes',
      type: 'gauge',
      help: 'How many processes use a GPU or one of its MIG devices, as NVML lists them.',
      samples: usage.filter(seesAllProcesses).map(({ gpu, processes }) => ({
        labels: { hw_id: gpu },
        value: countProcesses(processes),
      })),
    },
    {
      name: 'mig_gpu_unreadable_usage',
      type: 'gauge',
      help: 'How many figures of memory and lists of processes of a GPU the driver does not report to this process.',
      samples: usage.map(({ gpu, unreadable }) => ({
        labels: { hw_id: gpu },
        value: unreadable.length,
      })),
    },
  ]
}

function isUsed(state: MigState): state is UsedMigState {
  return 'usage' in state
}

function inBytes(labels: Labels, mebibytes: number | null): readonly Sample[] {
  return mebibytes === null ? [] : [{ labels, value: mebibytes * bytesPerMiB }]
}

function instanceLabels({ gpu }: GpuUsage, { gpuInstanceId }: MigDeviceUsage): Labels {
  return { hw_id: gpu, gpu_instance: `${gpuInstanceId}` }
}

/** One MIG device of each GPU instance, whose memory all in it share. */
function firstDevices({ migDevices }: GpuUsage): readonly MigDeviceUsage[] {
  return [
    ...new Map(migDevices.toReversed().map((device) => [device.gpuInstanceId, device])).values(),
  ]
}

/** Where the driver refuses the list of the whole GPU, a device without known processes may have some all the same. */
function countOnDevices(usage: GpuUsage): readonly Sample[] {
  const seesAll = seesAllProcesses(usage)
  return usage.migDevices.flatMap((device) => {
    const { gpuInstanceId, computeInstanceId } = device
    const there = usage.processes.filter(
      (process) =>
        process.gpuInstanceId === gpuInstanceId && process.computeInstanceId === computeInstanceId,
    )
    const labels = { ...instanceLabels(usage, device), compute_instance: `${computeInstanceId}` }
    const value = countProcesses(there)
    return seesAll || value > 0 ? [{ labels, value }] : []
  })
}

function seesAllProcesses({ unreadable }: GpuUsage): boolean {
  return unreadable.every(({ what }) => what !== 'processes')
}

/** NVML lists one that computes and draws twice. */
function countProcesses(processes: readonly GpuProcess[]): number {
  return new Set(processes.map(({ pid }) => pid)).size
}
