import type { MigNvmlConfigEntry } from '../../types/config/mig-nvml-config.js'
import type {
  AnyGpuState,
  GpuProcess,
  GpuState,
  VisibleMigDevice,
} from '../../types/model/state.js'
import { listPlacedDevices, listSeenDevices, type PlacedDevice, seenDevice } from './state.js'

export type Keep = NonNullable<MigNvmlConfigEntry['keep']>

/** The MIG devices of a GPU that `keep` lets stay. */
export function listKeptDevices(
  gpu: GpuState,
  keep: Keep | undefined,
  processes: readonly GpuProcess[] = [],
): readonly PlacedDevice[] {
  if (keep === undefined || gpu.mig?.enabled !== true) return []
  return listPlacedDevices(gpu).filter((device) => isKept(seenDevice(device), keep, processes))
}

/** The same for the devices that this process sees. */
export function listSeenKept(
  gpu: AnyGpuState,
  keep: Keep | undefined,
  processes: readonly GpuProcess[] = [],
): readonly VisibleMigDevice[] {
  if (keep === undefined || gpu.mig?.enabled !== true) return []
  return listSeenDevices(gpu).filter((device) => isKept(device, keep, processes))
}

function isKept(
  { gpuInstanceId, computeInstanceId, uuid }: VisibleMigDevice,
  keep: Keep,
  processes: readonly GpuProcess[],
): boolean {
  if (keep === 'all') return true
  if (keep !== 'busy') return uuid !== null && keep.includes(uuid)
  return processes.some(
    (process) =>
      process.gpuInstanceId === gpuInstanceId &&
      (process.computeInstanceId === null || process.computeInstanceId === computeInstanceId),
  )
}
