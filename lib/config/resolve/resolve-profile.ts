import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { nvmlProfileName, roundedProfileName } from '../../model/nvml-profile-name.js'
import {
  computeInstanceName,
  formatProfileName,
  normaliseProfileName,
  parseProfileName,
} from '../../model/profile-names.js'
import type { DeviceSize } from '../../model/wanted.js'

/** The size of a name on this GPU; null if it has no such size. */
export function resolveProfile(
  name: string,
  geometry: Geometry,
  gpu: AnyGpuState,
): DeviceSize | null {
  const parts = parseProfileName(name)
  if (parts === null) return null
  const full = formatProfileName({ ...parts, computeSlices: parts.slices })
  const profile = findProfile(full, geometry, gpu)
  if (profile === null || !listComputeSlices(profile).includes(parts.computeSlices)) return null
  return { profileId: profile.id, sliceCount: parts.computeSlices }
}

/**
 * Finds a profile by the driver's name, else by the name from NVIDIA's rule, else by the rounded memory of
 * the instance. A name that an earlier rule gives to one profile never means another by a later rule.
 */
function findProfile(
  name: string,
  geometry: Geometry,
  gpu: AnyGpuState,
): GpuInstanceProfile | null {
  const { memoryMiB } = gpu
  const rules: readonly ((profile: GpuInstanceProfile) => string | null)[] = [
    (profile) => profile.name,
    (profile) =>
      memoryMiB === null
        ? null
        : nvmlProfileName({ ...profile, totalMemoryBytes: memoryMiB * 2 ** 20 }),
    roundedProfileName,
  ]
  for (const rule of rules) {
    const [found, ...others] = geometry.profiles.filter((profile) => {
      const given = rule(profile)
      return given !== null && normaliseProfileName(given) === name
    })
    if (found !== undefined) return others.length === 0 ? found : null
  }
  return null
}

/** The names of all sizes of MIG device. For each GPU instance profile the full one comes first. */
export function listProfileNames(geometry: Geometry): readonly string[] {
  return geometry.profiles.flatMap((profile) =>
    listComputeSlices(profile).map((slices) => computeInstanceName(profile, slices)),
  )
}

function listComputeSlices(profile: GpuInstanceProfile): readonly number[] {
  const { computeInstanceProfiles, sliceCount } = profile
  // The full compute instance exists in every GPU instance; only the driver knows the others.
  const known = computeInstanceProfiles?.map((compute) => compute.sliceCount) ?? []
  return [...new Set([sliceCount, ...known])]
}
