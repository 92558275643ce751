import type { MigConfigDocument, MigConfigEntry } from '../../../types/config/config.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { countMigDevices } from '../../model/state.js'
import { hiddenError, seesEverySize, unlistedError } from '../../model/unlisted.js'
import { groupAlike } from './alike-entries.js'

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
