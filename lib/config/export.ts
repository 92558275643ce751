import type { MigConfigDocument, MigConfigEntry } from '../../types/config.js'
import type { GpuState, MigState } from '../../types/state.js'
import { MigError } from '../errors.js'
import { deepFreeze } from '../model/freeze.js'
import { groupBy } from '../model/group-by.js'
import { formatPciId } from '../model/pci-ids.js'
import { compareProfileNames } from '../model/profile-names.js'
import { countMigDevices } from '../model/state.js'

/**
 * The document that describes a machine as it is: one entry for all GPUs that are alike, in the order
 * of their first index, with a filter only where it tells models apart. Applied to the same machine
 * it changes nothing, as long as every GPU instance has a compute instance and no mode change waits
 * for a reset: the format has no word for these, nor for places. Throws `MIG_GPU_LOST` where a GPU
 * cannot be told.
 */
export function exportDocument(state: MigState, name: string): MigConfigDocument {
  const [lost] = state.lostGpus
  if (lost !== undefined) {
    throw new MigError(
      'MIG_GPU_LOST',
      `GPU ${lost.index} has fallen off the bus: the machine cannot be exported as a whole`,
    )
  }
  const alike = groupBy(state.gpus, (gpu) => JSON.stringify(settingsOf(gpu)))
  const models = new Set(state.gpus.map(({ pciDeviceId }) => pciDeviceId))
  const needsFilter = alike.size > 1 && models.size > 1
  const entries = [...alike.values()].flatMap((gpus) => {
    const [first] = gpus
    if (first === undefined) return []
    const filter = needsFilter ? { 'device-filter': filterFor(gpus) } : {}
    const candidates = needsFilter ? findOfSameModels(gpus, state) : state.gpus
    return [{ ...filter, devices: devicesOf(gpus, candidates), ...settingsOf(first) }]
  })
  return deepFreeze({ version: 'v1', 'mig-configs': { [name]: entries } })
}

type Settings = Pick<MigConfigEntry, 'mig-enabled' | 'mig-devices'>

// A GPU that cannot do MIG counts as one with MIG off: mig-parted's assert wants every GPU covered.
function settingsOf(gpu: GpuState): Settings {
  const counts = [...countMigDevices(gpu)].sort(([a], [b]) => compareProfileNames(a, b))
  return { 'mig-enabled': gpu.mig?.enabled ?? false, 'mig-devices': Object.fromEntries(counts) }
}

function findOfSameModels(gpus: readonly GpuState[], state: MigState): readonly GpuState[] {
  const models = new Set(gpus.map(({ pciDeviceId }) => pciDeviceId))
  return state.gpus.filter(({ pciDeviceId }) => models.has(pciDeviceId))
}

function devicesOf(
  gpus: readonly GpuState[],
  candidates: readonly GpuState[],
): 'all' | readonly number[] {
  return gpus.length === candidates.length
    ? 'all'
    : gpus.map(({ index }) => index).toSorted((a, b) => a - b)
}

function filterFor(gpus: readonly GpuState[]): string | readonly string[] {
  const [first = '', ...others] = new Set(gpus.map(({ pciDeviceId }) => formatPciId(pciDeviceId)))
  return others.length === 0 ? first : [first, ...others]
}
