import type { MigConfigDocument, MigConfigEntry } from '../../types/config.js'
import type { GpuState, MigState } from '../../types/state.js'
import { deepFreeze } from '../model/freeze.js'
import { groupBy } from '../model/group-by.js'
import { formatPciId } from '../model/pci-ids.js'
import { compareProfileNames } from '../model/profile-names.js'
import { countMigDevices } from '../model/state.js'

/**
 * The document that describes a machine as it is: one entry for all GPUs that are alike, in the order
 * of their first index, with a filter only where it tells models apart. Applied to the same machine
 * it changes nothing, as long as every GPU instance has a compute instance: the format has no word
 * for others, nor for places.
 */
export function exportDocument(state: MigState, name: string): MigConfigDocument {
  const alike = [...groupBy(state.gpus, (gpu) => JSON.stringify(settingsOf(gpu))).values()]
  const models = groupBy(state.gpus, ({ pciDeviceId }) => pciDeviceId)
  const entries = alike.map((gpus) => ({
    ...(alike.length === 1 || models.size === 1 ? {} : { 'device-filter': filterFor(gpus) }),
    devices: devicesOf(gpus, alike.length === 1 ? state.gpus : findOfSameModels(gpus, state)),
    ...settingsOf(gpus[0]),
  }))
  return deepFreeze({ version: 'v1', 'mig-configs': { [name]: entries } })
}

// A GPU that cannot do MIG counts as one with MIG off: mig-parted's assert wants every GPU covered.
function settingsOf(
  gpu: GpuState | undefined,
): Pick<MigConfigEntry, 'mig-enabled' | 'mig-devices'> & { readonly 'mig-enabled': boolean } {
  const counts = gpu === undefined ? [] : [...countMigDevices(gpu)]
  counts.sort(([a], [b]) => compareProfileNames(a, b))
  return {
    'mig-enabled': gpu?.mig?.enabled ?? false,
    'mig-devices': Object.fromEntries(counts),
  }
}

function findOfSameModels(gpus: readonly GpuState[], state: MigState): readonly GpuState[] {
  const models = new Set(gpus.map(({ pciDeviceId }) => pciDeviceId))
  return state.gpus.filter(({ pciDeviceId }) => models.has(pciDeviceId))
}

function devicesOf(gpus: readonly GpuState[], of: readonly GpuState[]): 'all' | readonly number[] {
  return gpus.length === of.length
    ? 'all'
    : gpus.map(({ index }) => index).toSorted((a, b) => a - b)
}

function filterFor(gpus: readonly GpuState[]): string | readonly string[] {
  const [first = '', ...others] = new Set(gpus.map(({ pciDeviceId }) => formatPciId(pciDeviceId)))
  return others.length === 0 ? first : [first, ...others]
}
