import type { MigConfigDocument, MigConfigEntry } from '../../../types/config.js'
import type { GpuState, MigState } from '../../../types/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { countMigDevices } from '../../model/state.js'
import { groupAlike } from './alike-entries.js'

/**
 * The document that describes a machine as it is. Applied to the same machine it changes nothing, as
 * long as every GPU instance has a compute instance and no mode change waits for a reset: the format
 * has no word for these, nor for places. On a machine without GPUs it is "MIG off on all", which strict
 * matching refuses there. Throws `MIG_GPU_LOST` where a GPU cannot be told.
 */
export function exportDocument(state: MigState, name: string): MigConfigDocument {
  const entries = groupAlike(state, settingsOf, { 'mig-enabled': false, 'mig-devices': {} })
  return deepFreeze({ version: 'v1', 'mig-configs': { [name]: entries } })
}

type Settings = Pick<MigConfigEntry, 'mig-enabled' | 'mig-devices'>

// A GPU that cannot do MIG counts as one with MIG off: mig-parted's assert wants every GPU covered.
function settingsOf(gpu: GpuState): Settings {
  const counts = [...countMigDevices(gpu)].sort(([a], [b]) => compareProfileNames(a, b))
  return { 'mig-enabled': gpu.mig?.enabled ?? false, 'mig-devices': Object.fromEntries(counts) }
}
