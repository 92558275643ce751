import type {
  ContainerDevice,
  GpuContainerDevice,
  MigContainerDevice,
} from '../../../types/containers/device.js'
import type { VisibleDialect } from '../../../types/containers/visible.js'
import type { MigState } from '../../../types/model/state.js'
import { gpuDevice, migDevicesOf } from '../devices/list-devices.js'

/** What a word means: devices, or why it means none. */
export type Found =
  | { readonly devices: readonly ContainerDevice[]; readonly warning?: string }
  | { readonly problem: string; readonly hint?: string }

/** What a runtime sees on a machine. */
export interface Inventory {
  /** Every GPU, also with MIG on. */
  readonly gpus: readonly GpuContainerDevice[]
  readonly migDevices: readonly MigContainerDevice[]
  /** What `all` means. */
  readonly all: readonly ContainerDevice[]
  /** For people: `GPU 0 with 0:0 to 0:6, GPU 1`. */
  readonly summary: string
}

export function takeInventory(state: MigState, dialect: VisibleDialect): Inventory {
  const gpus = state.gpus.map(gpuDevice)
  const migDevices = state.gpus.flatMap((gpu) => {
    if (gpu.mig?.enabled !== true) return []
    const devices = migDevicesOf(gpu, state.deviceNumbers)
    return dialect === 'legacy' ? withoutRest(devices) : devices
  })
  return {
    gpus,
    migDevices,
    all:
      dialect === 'legacy'
        ? [...gpus, ...migDevices]
        : [...gpus.filter(({ migEnabled }) => !migEnabled), ...migDevices],
    summary: summarise(gpus, migDevices),
  }
}

/** The legacy hook stops at the first index without a device (nvc_info.c, fill_mig_device_info). */
function withoutRest(devices: readonly MigContainerDevice[]): readonly MigContainerDevice[] {
  const end = devices.findIndex(({ migIndex }, position) => migIndex !== position)
  return end < 0 ? devices : devices.slice(0, end)
}

function summarise(
  gpus: readonly GpuContainerDevice[],
  migDevices: readonly MigContainerDevice[],
): string {
  if (gpus.length === 0) return 'no GPU'
  return gpus
    .map((gpu) => {
      const name = `GPU ${gpu.gpuIndex}`
      if (!gpu.migEnabled) return name
      const names = migDevices
        .filter(({ gpuIndex }) => gpuIndex === gpu.gpuIndex)
        .map(({ names: { index } }) => index)
      return names.length === 0
        ? `${name} without MIG devices`
        : `${name} with ${formatRange(names)}`
    })
    .join(', ')
}

function formatRange(names: readonly string[]): string {
  const [first] = names
  const last = names.at(-1)
  const isWhole = names.every((name, position) => name.endsWith(`:${position}`))
  return names.length > 2 && isWhole ? `${first} to ${last}` : names.join(', ')
}
