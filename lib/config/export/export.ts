import type { MigConfigDocument, MigConfigEntry } from '../../../types/config/config.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { groupBy } from '../../model/group-by.js'
import { formatPciId } from '../../model/pci-ids.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { countMigDevices } from '../../model/state.js'
import { hiddenError, seesEverySize, unlistedError } from '../../model/unlisted.js'

/**
 * The document that describes a machine as it is. Applied to the same machine it changes nothing, unless a
 * GPU instance has no compute instance or a mode change waits for a reset: the format cannot express
 * these, nor places. So a process to which the driver lists no instances gets the same document, if it
 * sees every MIG device. For a machine without GPUs it is "MIG off on all", which strict matching refuses
 * there. Throws `MIG_GPU_LOST` or `MIG_NO_PERMISSION` if a GPU cannot be described.
 */
export function exportDocument(state: MigState, name: string): MigConfigDocument {
  const unlisted = state.gpus.filter((gpu) => gpu.gpuInstances === null)
  const hidden = unlisted.filter(({ seesAllDevices }) => !seesAllDevices)
  if (hidden.length > 0) throw hiddenError(hidden, 'there may be more than this process sees')
  const odd = unlisted.filter((gpu) => !seesEverySize(gpu))
  if (odd.length > 0) throw unlistedError(odd, 'the size of a MIG device cannot be known')
  const entries = groupAlike(state, settingsOf, { 'mig-enabled': false, 'mig-devices': {} })
  return deepFreeze({ version: 'v1', 'mig-configs': { [name]: entries } })
}

type Settings = Pick<MigConfigEntry, 'mig-enabled' | 'mig-devices'>

// A GPU that cannot do MIG counts as one with MIG off: mig-parted's assert wants every GPU covered.
function settingsOf(gpu: AnyGpuState): Settings {
  const counts = [...countMigDevices(gpu)].sort(([a], [b]) => compareProfileNames(a, b))
  return { 'mig-enabled': gpu.mig?.enabled ?? false, 'mig-devices': Object.fromEntries(counts) }
}

/** The fields of an entry that select GPUs, valid in both versions. */
interface EntrySelection {
  readonly 'device-filter'?: string | readonly string[]
  readonly devices: 'all' | readonly number[]
}

/**
 * One entry for all GPUs with the same settings, in the order of their first index. Entries have a filter
 * only if that separates models. A configuration needs an entry, so a machine without GPUs gets one with
 * the settings `ofNone`. Throws `MIG_GPU_LOST` if a GPU cannot be read.
 */
export function groupAlike<Settings extends object>(
  state: MigState,
  settingsOf: (gpu: AnyGpuState) => Settings,
  ofNone: Settings,
): readonly (EntrySelection & Settings)[] {
  const [lost] = state.lostGpus
  if (lost !== undefined) {
    throw new MigError(
      'MIG_GPU_LOST',
      `GPU ${lost.index} has fallen off the bus: the machine cannot be described completely`,
    )
  }
  if (state.gpus.length === 0) return [{ devices: 'all', ...ofNone }]
  const alike = groupBy(state.gpus, (gpu) => JSON.stringify(settingsOf(gpu)))
  const models = new Set(state.gpus.map(({ pciDeviceId }) => pciDeviceId))
  const needsFilter = alike.size > 1 && models.size > 1
  return [...alike.values()].flatMap((gpus) => {
    const [first] = gpus
    if (first === undefined) return []
    const filter = needsFilter ? { 'device-filter': filterFor(gpus) } : {}
    const candidates = needsFilter ? findOfSameModels(gpus, state) : state.gpus
    return [{ ...filter, devices: devicesOf(gpus, candidates), ...settingsOf(first) }]
  })
}

function findOfSameModels(gpus: readonly AnyGpuState[], state: MigState): readonly AnyGpuState[] {
  const models = new Set(gpus.map(({ pciDeviceId }) => pciDeviceId))
  return state.gpus.filter(({ pciDeviceId }) => models.has(pciDeviceId))
}

function devicesOf(
  gpus: readonly AnyGpuState[],
  candidates: readonly AnyGpuState[],
): 'all' | readonly number[] {
  return gpus.length === candidates.length
    ? 'all'
    : gpus.map(({ index }) => index).toSorted((a, b) => a - b)
}

function filterFor(gpus: readonly AnyGpuState[]): string | readonly string[] {
  const [first = '', ...others] = new Set(gpus.map(({ pciDeviceId }) => formatPciId(pciDeviceId)))
  return others.length === 0 ? first : [first, ...others]
}
