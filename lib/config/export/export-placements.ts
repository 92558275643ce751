import type {
  ConfigComputeInstance,
  ConfigPlacement,
  MigNvmlConfigDocument,
  MigNvmlConfigEntry,
} from '../../../types/config/mig-nvml-config.js'
import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import type {
  ComputeInstance,
  GpuInstance,
  GpuState,
  MigState,
} from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { isListed, requireListed, unlistedError } from '../../model/unlisted.js'
import { groupAlike } from './export.js'

/**
 * The document that describes a machine with every instance at its place, including GPU instances without
 * a compute instance. It cannot express a mode change that waits for a reset. Throws `MIG_GPU_LOST` or
 * `MIG_NO_PERMISSION` if a GPU cannot be described.
 */
export function exportPlacements(state: MigState, name: string): MigNvmlConfigDocument {
  const unlisted = state.gpus.filter((gpu) => !isListed(gpu))
  if (unlisted.length > 0) throw unlistedError(unlisted, 'the places of instances cannot be known')
  const entries = groupAlike(state, (gpu) => placedSettings(requireListed(gpu)), {
    'mig-enabled': false,
  })
  return deepFreeze({ version: 'mig-nvml/v1', 'mig-configs': { [name]: entries } })
}

export type PlacedSettings = Pick<MigNvmlConfigEntry, 'mig-enabled' | 'placements'>

/** The mode of a GPU, and its instances at their places. */
export function placedSettings(gpu: GpuState): PlacedSettings {
  if (gpu.mig?.enabled !== true) return { 'mig-enabled': false }
  const profiles = gpu.geometry?.profiles ?? []
  return {
    'mig-enabled': true,
    placements: gpu.gpuInstances.map((instance) =>
      placementOf(
        instance,
        profiles.find(({ id }) => id === instance.profileId),
      ),
    ),
  }
}

/** A GPU instance as it is, with its compute instances where these are not the usual one. */
export function placementOf(
  instance: GpuInstance,
  profile: GpuInstanceProfile | undefined,
): ConfigPlacement {
  const { profileName, placement, computeInstances } = instance
  const base = { profile: profileName, start: placement.start }
  const [first, ...others] = computeInstances
  const isWhole = first?.sliceCount === profile?.sliceCount && isUsual(first, profile)
  if (first !== undefined && others.length === 0 && isWhole) return base
  return {
    ...base,
    'compute-instances': computeInstances.map(
      (part): ConfigComputeInstance => ({
        profile: isUsual(part, profile) ? part.name : `id:${part.profileId}`,
        ...(part.placement === null ? {} : { start: part.placement.start }),
      }),
    ),
  }
}

/** Among compute instance profiles with equal slices, a name means the one with the most multiprocessors. */
function isUsual(
  part: ComputeInstance | undefined,
  profile: GpuInstanceProfile | undefined,
): boolean {
  const alike = (profile?.computeInstanceProfiles ?? []).filter(
    ({ sliceCount }) => sliceCount === part?.sliceCount,
  )
  const [usual] = alike.toSorted((a, b) => b.multiprocessorCount - a.multiprocessorCount)
  return usual === undefined || usual.id === part?.profileId
}
