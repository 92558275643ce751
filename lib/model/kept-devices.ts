import type { MigNvmlConfigEntry } from '../../types/mig-nvml-config.js'
import type { GpuProcess, GpuState } from '../../types/state.js'
import { listMigDevices, type MigDevice } from './state.js'

export type Keep = NonNullable<MigNvmlConfigEntry['keep']>

/** The MIG devices of a GPU that stay, wanted or not. */
export function listKeptDevices(
  gpu: GpuState,
  keep: Keep | undefined,
  processes: readonly GpuProcess[] = [],
): readonly MigDevice[] {
  if (keep === undefined || gpu.mig?.enabled !== true) return []
  return listMigDevices(gpu).filter((device) => isKept(device, keep, processes))
}

function isKept(
  { gpuInstance, computeInstance: { id, uuid } }: MigDevice,
  keep: Keep,
  processes: readonly GpuProcess[],
): boolean {
  if (keep === 'all') return true
  if (keep !== 'busy') return uuid !== null && keep.includes(uuid)
  return processes.some(
    ({ gpuInstanceId, computeInstanceId }) =>
      gpuInstanceId === gpuInstance.id && (computeInstanceId === null || computeInstanceId === id),
  )
}
