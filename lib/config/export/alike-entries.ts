import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { groupBy } from '../../model/group-by.js'
import { formatPciId } from '../../model/pci-ids.js'

/** The fields of an entry that select GPUs, valid in both versions. */
export interface EntrySelection {
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
